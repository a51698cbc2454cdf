namespace LeadScoring.EventStore.Appending;

/// <summary>One call's appends, keys and events as the arrays its statements unnest, made in one pass.</summary>
/// <remarks>Positions are 1-based, as PostgreSQL counts.</remarks>
internal sealed class AppendColumns
{
    private readonly List<(string Alias, string DotNetType)> _types = [];

    public AppendColumns(IReadOnlyList<StreamAppend> appends, int eventCount, int claimCount)
    {
        Tenants = new string[appends.Count];
        Streams = new Guid[appends.Count];
        ExpectedVersions = new long[appends.Count];
        EventCounts = new long[appends.Count];
        Instants = new DateTime[appends.Count];
        Claims = new(claimCount);
        Events = new(eventCount);
        var (claim, row) = (0, 0);
        using var headers = new EventHeaders();
        for (var i = 0; i < appends.Count; i++)
        {
            var append = appends[i];
            Tenants[i] = append.Stream.TenantId;
            Streams[i] = append.Stream.StreamId;
            ExpectedVersions[i] = append.ExpectedVersion;
            EventCounts[i] = append.Events.Count;
            Instants[i] = append.At.UtcDateTime;
            for (var n = 0; n < append.Claims.Count; n++, claim++)
            {
                Claims.Appends[claim] = i + 1;
                Claims.Tenants[claim] = append.Stream.TenantId;
                Claims.Streams[claim] = append.Stream.StreamId;
                Claims.Kinds[claim] = append.Claims[n].Kind;
                Claims.Values[claim] = append.Claims[n].Value;
            }

            for (var n = 0; n < append.Events.Count; n++, row++)
            {
                var @event = append.Events[n];
                Events.Appends[row] = i + 1;
                Events.Tenants[row] = append.Stream.TenantId;
                Events.Ids[row] = @event.Id;
                Events.Versions[row] = append.ExpectedVersion + n + 1;
                Events.Bodies[row] = @event.Body;
                Events.Types[row] = TypeOf(@event);
                Events.CorrelationIds[row] = @event.Metadata.CorrelationId;
                Events.CausationIds[row] = @event.Metadata.CausationId;
                Events.Headers[row] = headers.Of(@event.Metadata);
            }
        }
    }

    public string[] Tenants { get; }

    public Guid[] Streams { get; }

    public long[] ExpectedVersions { get; }

    public long[] EventCounts { get; }

    public DateTime[] Instants { get; }

    public ClaimColumns Claims { get; }

    public EventColumns Events { get; }

    /// <summary>The aliases that <see cref="EventColumns.Types"/> point at; a call has few.</summary>
    public string[] Aliases => [.. _types.ConvertAll(t => t.Alias)];

    public string[] DotNetTypes => [.. _types.ConvertAll(t => t.DotNetType)];

    private int TypeOf(NewEvent @event)
    {
        var known = _types.IndexOf((@event.Type, @event.DotNetType));
        if (known < 0)
        {
            known = _types.Count;
            _types.Add((@event.Type, @event.DotNetType));
        }

        return known + 1;
    }
}

/// <summary>One row per claimed key.</summary>
internal sealed class ClaimColumns(int count)
{
    public long[] Appends { get; } = new long[count];

    public string[] Tenants { get; } = new string[count];

    public string[] Kinds { get; } = new string[count];

    public string[] Values { get; } = new string[count];

    public Guid[] Streams { get; } = new Guid[count];
}

/// <summary>One row per event, in the order given.</summary>
internal sealed class EventColumns(int count)
{
    public long[] Appends { get; } = new long[count];

    public string[] Tenants { get; } = new string[count];

    public Guid[] Ids { get; } = new Guid[count];

    public long[] Versions { get; } = new long[count];

    public ReadOnlyMemory<byte>[] Bodies { get; } = new ReadOnlyMemory<byte>[count];

    public int[] Types { get; } = new int[count];

    public string?[] CorrelationIds { get; } = new string?[count];

    public string?[] CausationIds { get; } = new string?[count];

    public ReadOnlyMemory<byte>?[] Headers { get; } = new ReadOnlyMemory<byte>?[count];
}
