using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>An engagement with what was said of it last.</summary>
internal sealed record Done(EngagementRecorded Fact)
{
    public bool IsRetracted { get; init; }

    public bool IsVouchedFor { get; init; }
}

/// <summary>
/// A model document read and applied as it is written down, by nothing of the service: no state, no order, no speed. For documents
/// whose engagement rules have no conditions.
/// </summary>
internal sealed class PlainModel
{
    /// <summary>What a sum in another order may differ by.</summary>
    private const double RoundingMax = 1e-9;

    private readonly PlainRule[] _rules;
    private readonly JsonElement[] _fitRules;
    private readonly double _floor;
    private readonly double _ceiling;
    private readonly double[] _cutOffs;
    private readonly string[] _clicks = [];
    private readonly int? _clickCount;
    private readonly TimeSpan _clicksWithin;
    private readonly string? _deliveredType;
    private readonly TimeSpan _deliveredWithin;

    public PlainModel(int version, string id, JsonElement document)
    {
        (Version, Id) = (version, id);
        var engagement = document.GetProperty("engagement");
        (_floor, _ceiling) = (engagement.GetProperty("floor").GetDouble(), engagement.GetProperty("ceiling").GetDouble());
        _rules = [.. engagement.GetProperty("rules").EnumerateArray().Select(PlainRule.Of)];
        _fitRules = [.. document.GetProperty("fit").GetProperty("rules").EnumerateArray()];
        var cutOffs = document.GetProperty("fit").GetProperty("cutOffs");
        _cutOffs = [cutOffs.GetProperty("a").GetDouble(), cutOffs.GetProperty("b").GetDouble(), cutOffs.GetProperty("c").GetDouble()];
        var qualification = document.GetProperty("qualification");
        Threshold = qualification.GetProperty("threshold").GetDouble();
        WorstGrade = "ABCD".IndexOf(qualification.GetProperty("minimumGrade").GetString()![0], StringComparison.Ordinal);
        AsksMarketing = qualification.GetProperty("review").GetString() == "marketing";
        if (!document.TryGetProperty("clickBurst", out var burst)) return;
        _clicks = [.. burst.GetProperty("types").EnumerateArray().Select(t => t.GetString()!)];
        if (burst.TryGetProperty("count", out var count)) (_clickCount, _clicksWithin) = (count.GetInt32(), Seconds(burst, "seconds"));
        if (burst.TryGetProperty("deliveredType", out var delivered)) (_deliveredType, _deliveredWithin) = (delivered.GetString(), Seconds(burst, "deliveredSeconds"));
    }

    public int Version { get; }

    public string Id { get; }

    public double Threshold { get; }

    public bool AsksMarketing { get; }

    /// <summary>0 is A.</summary>
    public int WorstGrade { get; }

    /// <summary>EngagementScore of what had occurred by an instant, unrounded.</summary>
    /// <param name="countFrom">Only what occurred after this counts; null: everything.</param>
    public double Score(IEnumerable<Done> known, DateTimeOffset at, DateTimeOffset? countFrom = null)
    {
        var counted = Genuine([.. known.Where(e => e.Fact.OccurredAt <= at)]);
        return Math.Clamp(_rules.Sum(rule => rule.Total(counted, at, countFrom)), _floor, _ceiling);
    }

    /// <summary>When the latest engagement after <paramref name="countFrom"/> occurred that needs no threshold; null: none.</summary>
    public DateTimeOffset? FastTrackedAt(IEnumerable<Done> known, DateTimeOffset? countFrom) => Genuine([.. known])
        .Where(e => !(e.OccurredAt <= countFrom) && _rules.Any(r => r.FastTracks && r.Type == e.Type))
        .Select(e => (DateTimeOffset?)e.OccurredAt)
        .Max();

    /// <summary>0 is A.</summary>
    public int Grade(IReadOnlyDictionary<string, Scalar> attributes)
    {
        var fit = _fitRules.Where(r => r.GetProperty("when").EnumerateArray().All(c => Holds(c, attributes))).Sum(r => r.GetProperty("points").GetDouble());
        var grade = Array.FindIndex(_cutOffs, least => fit >= least);
        return grade < 0 ? _cutOffs.Length : grade;
    }

    public bool Fits(IReadOnlyDictionary<string, Scalar> attributes) => Grade(attributes) <= WorstGrade;

    /// <summary>Null: so close to the threshold that the order of summing decides.</summary>
    public bool? Reaches(double score) => score != Threshold && Math.Abs(score - Threshold) < RoundingMax ? null : score >= Threshold;

    private static bool Holds(JsonElement condition, IReadOnlyDictionary<string, Scalar> attributes)
    {
        if (!attributes.TryGetValue(condition.GetProperty("property").GetString()!, out var value)) return false;
        foreach (var member in condition.EnumerateObject())
        {
            var holds = member.Name switch
            {
                "property" => true,
                "equals" => Same(value, member.Value),
                "in" => member.Value.EnumerateArray().Any(one => Same(value, one)),
                "gte" => value.Kind == ScalarKind.Number && value.Number >= member.Value.GetDouble(),
                "lte" => value.Kind == ScalarKind.Number && value.Number <= member.Value.GetDouble(),
                _ => throw new NotSupportedException(member.Name),
            };
            if (!holds) return false;
        }

        return true;
    }

    private static bool Same(Scalar value, JsonElement operand) => operand.ValueKind == JsonValueKind.String
        ? string.Equals(value.Text, operand.GetString(), StringComparison.OrdinalIgnoreCase)
        : value.Kind == ScalarKind.Number && value.Number.Equals(operand.GetDouble());

    private List<EngagementRecorded> Genuine(IReadOnlyList<Done> known)
    {
        var occurred = known.Where(e => !e.IsRetracted).Select(e => e.Fact).ToList();
        var clicks = occurred.Where(e => _clicks.Contains(e.Type)).ToList();
        return [.. known.Where(e => !e.IsRetracted && (e.IsVouchedFor || !IsSuspected(e.Fact, clicks, occurred))).Select(e => e.Fact)];
    }

    /// <summary>As a person would look for it: in every window that holds the click, and at every delivery before it.</summary>
    private bool IsSuspected(EngagementRecorded click, List<EngagementRecorded> clicks, List<EngagementRecorded> occurred)
    {
        if (!_clicks.Contains(click.Type)) return false;
        return (_clickCount is { } count && clicks.Any(first => IsWithin(first, click, _clicksWithin) && clicks.Count(e => IsWithin(first, e, _clicksWithin)) >= count))
            || occurred.Any(e => e.Type == _deliveredType
                && IsWithin(e, click, _deliveredWithin)
                && (e.Asset is null || click.Asset is null || e.Asset == click.Asset));
    }

    private static bool IsWithin(EngagementRecorded earlier, EngagementRecorded later, TimeSpan span) =>
        later.OccurredAt >= earlier.OccurredAt && later.OccurredAt - earlier.OccurredAt <= span;

    private static TimeSpan Seconds(JsonElement burst, string name) => TimeSpan.FromSeconds(burst.GetProperty(name).GetDouble());

    private sealed record PlainRule(string Type, double Points, double? HalfLifeDays, int? MaxPerDay, double? Cap, bool FastTracks)
    {
        public static PlainRule Of(JsonElement rule) => new(
            rule.GetProperty("type").GetString()!,
            rule.GetProperty("points").GetDouble(),
            rule.TryGetProperty("halfLifeDays", out var days) ? days.GetDouble() : null,
            rule.TryGetProperty("maxPerDay", out var most) ? most.GetInt32() : null,
            rule.TryGetProperty("cap", out var cap) ? cap.GetDouble() : null,
            rule.TryGetProperty("fastTrack", out var fast) && fast.GetBoolean());

        public double Total(List<EngagementRecorded> genuine, DateTimeOffset at, DateTimeOffset? countFrom)
        {
            var admitted = genuine.Where(e => e.Type == Type)
                .GroupBy(e => e.OccurredAt.UtcDateTime.Date)
                .SelectMany(day => day
                    .OrderBy(e => e.OccurredAt).ThenBy(e => e.Source, StringComparer.Ordinal).ThenBy(e => e.Id, StringComparer.Ordinal)
                    .Take(MaxPerDay ?? int.MaxValue));
            var sum = admitted.Where(e => !(e.OccurredAt <= countFrom)).Sum(e => Points * Left(at - e.OccurredAt));
            return Cap is { } cap ? Math.Clamp(sum, -cap, cap) : sum;
        }

        private double Left(TimeSpan age) => HalfLifeDays is { } days ? Math.Pow(0.5, age.TotalDays / days) : 1;
    }
}

/// <summary>Which model held when, as the catalogue tells.</summary>
/// <param name="First">Held from the beginning.</param>
/// <param name="Activations">Ascending.</param>
internal sealed record PlainTimeline(PlainModel First, IReadOnlyList<(DateTimeOffset From, PlainModel Model)> Activations)
{
    public PlainModel At(DateTimeOffset at) => Activations.LastOrDefault(a => a.From <= at).Model ?? First;

    public PlainModel Of(string id) => Activations.Select(a => a.Model).Append(First).First(m => m.Id == id);

    /// <summary>The changes after one instant up to another.</summary>
    public IEnumerable<(PlainModel Former, PlainModel Next, DateTimeOffset At)> Changes(DateTimeOffset after, DateTimeOffset upTo)
    {
        foreach (var from in Activations.Select(a => a.From).Distinct().Where(from => from > after && from <= upTo))
        {
            var former = At(from.AddTicks(-1));
            if (former.Id != At(from).Id) yield return (former, At(from), from);
        }
    }
}
