namespace LeadScoring.Benchmarks.Comparison;

/// <summary>Which parts of a comparison need a database of their own, in the order they run.</summary>
internal enum Stage
{
    /// <summary>Everyday load on a database that is empty when the first shot falls.</summary>
    Live,

    /// <summary>A log of millions of events of more leads than a service keeps at hand.</summary>
    Log,

    /// <summary>Very many leads in one list.</summary>
    List,

    /// <summary>Nothing happens.</summary>
    Idle,
}

/// <summary>What the project wants of a figure.</summary>
/// <param name="AtLeast">True: it must not be lower; false: it must not be higher.</param>
/// <param name="OfRatio">True: the ratio to the other build's; false: the figure itself.</param>
internal sealed record Bound(double Value, bool AtLeast, bool OfRatio)
{
    public static Bound Ratio(double atLeast) => new(atLeast, AtLeast: true, OfRatio: true);

    public bool IsMetBy(double value) => AtLeast ? value >= Value : value <= Value;
}

/// <summary>One thing that is measured round by round.</summary>
/// <param name="Unit">Of its value.</param>
/// <param name="Wanted">Beside another checkout, or alone.</param>
/// <param name="OverIdiomatic">The least ratio to the idiomatic service; null: that one is not asked.</param>
internal sealed record Figure(string Name, string Unit, Stage Stage, Bound? Wanted = null, double? OverIdiomatic = null)
{
    public const string Single32 = "single-32";
    public const string Single256 = "single-256";
    public const string Tenants = "tenants-32";
    public const string TenantsShare = "tenants-32 / single-32";
    public const string ListByScore = "list-by-score";
    public const string Spread = "spread-32";
    public const string Rebuild = "rebuild";
    public const string Backtest = "backtest";
    public const string BesideBacktest = "posts-beside-backtest";
    public const string HalfPeak = "half-peak";
    public const string FeedLag = "feed-lag";
    public const string LoadedMemory = "memory-loaded";
    public const string Idle = "idle";
    public const string IdleMemory = "idle memory";
    public const string IdleService = "idle processor, service";
    public const string IdleDatabase = "idle processor, PostgreSQL";

    private const string Events = "events/s";
    private const string Requests = "requests/s";
    private const string P99 = "p99 ms";
    private const string Mebibytes = "MiB";
    private const string CorePercent = "% of a core";

    /// <summary>In the order a round measures them. Those with a blank in their name come with another one.</summary>
    public static IReadOnlyList<Figure> All { get; } =
    [
        new(Single32, Events, Stage.Live, Bound.Ratio(1.0), OverIdiomatic: 2),
        new(Single256, Events, Stage.Live, Bound.Ratio(1.0), OverIdiomatic: 4),
        new("batch-100", Events, Stage.Live, Bound.Ratio(1.0), OverIdiomatic: 6),
        new("batch-1000", Events, Stage.Live, Bound.Ratio(1.0), OverIdiomatic: 6),
        new("single-1", Events, Stage.Live, Bound.Ratio(0.9)),
        new("hot-lead-32", Events, Stage.Live, Bound.Ratio(0.9)),
        new("duplicates-32", Requests, Stage.Live, Bound.Ratio(0.9)),
        new(Tenants, Events, Stage.Live),
        new(TenantsShare, "", Stage.Live, new(0.9, AtLeast: true, OfRatio: false)),
        new("read-by-id", Requests, Stage.Live, Bound.Ratio(0.5)),
        new("explanation-5000", Requests, Stage.Live, Bound.Ratio(1.0)),
        new(HalfPeak, P99, Stage.Live, new(0.8, AtLeast: false, OfRatio: true)),
        new(FeedLag, P99, Stage.Live, new(100, AtLeast: false, OfRatio: false)),
        new(LoadedMemory, Mebibytes, Stage.Live),
        new(Spread, Events, Stage.Log, Bound.Ratio(0.9)),
        new(Rebuild, Events, Stage.Log, new(100_000, AtLeast: true, OfRatio: false)),
        new(Backtest, Events, Stage.Log, Bound.Ratio(0.8)),
        new(BesideBacktest, "of those alone", Stage.Log, new(0.7, AtLeast: true, OfRatio: false)),
        new(ListByScore, Requests, Stage.List, Bound.Ratio(0.8)),
        new(Idle, "", Stage.Idle),
        new(IdleMemory, Mebibytes, Stage.Idle, new(200, AtLeast: false, OfRatio: false)),
        new(IdleService, CorePercent, Stage.Idle, new(2, AtLeast: false, OfRatio: false)),
        new(IdleDatabase, CorePercent, Stage.Idle, new(1, AtLeast: false, OfRatio: false)),
    ];

    /// <summary>Those that can be asked for.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(f => f.Name).Where(name => !name.Contains(' '))];

    public static IReadOnlyList<string> OfIdiomatic { get; } = [.. All.Where(f => f.OverIdiomatic is not null).Select(f => f.Name)];
}
