namespace LeadScoring.Benchmarks.Traffic;

/// <summary>
/// New engagements without end, each with an id of its own, of a fixed population. They are composed from templates made before the
/// measurement, so that composing one costs the generator little more than copying it. Safe for concurrent use.
/// </summary>
internal sealed class EngagementTraffic
{
    /// <summary>Of the usual population.</summary>
    public const int Leads = 10_000;

    /// <summary>Of one lead of the usual population.</summary>
    private const int TemplatesEach = 3;

    private readonly EngagementNumbers numbers;
    private readonly EngagementTemplate[] inTurn;
    private readonly EngagementTemplate[] shuffled;

    /// <summary>Of the usual population, and of ids nobody else makes.</summary>
    /// <param name="seed">The same seed makes the same templates.</param>
    public EngagementTraffic(int seed)
        : this(seed, new EngagementNumbers(), firstLead: 0, Leads, TemplatesEach)
    {
    }

    /// <param name="firstLead">The number of the population's first person; those after it follow.</param>
    /// <param name="templatesEach">How many engagements of one lead differ in more than id and time.</param>
    public EngagementTraffic(int seed, EngagementNumbers numbers, int firstLead, int leads, int templatesEach)
    {
        var random = new Random(seed);
        (this.numbers, LeadCount) = (numbers, leads);
        inTurn = [.. Enumerable.Range(0, leads * templatesEach).Select(i => new EngagementTemplate(firstLead + (i % leads), SampledEngagement.Take(random)))];
        shuffled = [.. inTurn];
        random.Shuffle(shuffled);
    }

    public int LeadCount { get; }

    /// <summary>Further people, whose engagements have ids that these have not: one tenant may be posted both.</summary>
    /// <inheritdoc cref="EngagementTraffic(int, EngagementNumbers, int, int, int)"/>
    public EngagementTraffic Beside(int seed, int firstLead, int leads) => new(seed, numbers, firstLead, leads, templatesEach: 1);

    /// <param name="count">One engagement, or a batch of so many.</param>
    public PostBody Pick(Random random, int count) => Of(shuffled, random.Next(shuffled.Length - count + 1), count);

    /// <param name="first">0 to <see cref="LeadCount"/> - 1: the place of the first lead; those after it follow, each once.</param>
    public PostBody InTurn(int first, int count) => Of(inTurn, first, count);

    private PostBody Of(EngagementTemplate[] templates, int first, int count) => new(new(templates, first, count), numbers.Take(count));
}

/// <summary>A request's body, written where it is to be sent from: one engagement bare, several as a batch.</summary>
internal readonly struct PostBody(ArraySegment<EngagementTemplate> templates, long firstNumber)
{
    private static ReadOnlySpan<byte> BatchStart => "{\"engagements\":["u8;

    private static ReadOnlySpan<byte> BatchEnd => "]}"u8;

    public int Length
    {
        get
        {
            var items = 0;
            foreach (var template in templates) items += template.Length;
            return templates.Count == 1 ? items : items + (templates.Count - 1) + BatchStart.Length + BatchEnd.Length;
        }
    }

    /// <param name="now">UTC.</param>
    public void WriteTo(Span<byte> destination, DateTime now)
    {
        if (templates.Count == 1)
        {
            templates[0].WriteTo(destination, firstNumber, now);
            return;
        }

        BatchStart.CopyTo(destination);
        var at = BatchStart.Length;
        for (var i = 0; i < templates.Count; i++)
        {
            if (i > 0) destination[at++] = (byte)',';
            templates[i].WriteTo(destination[at..], firstNumber + i, now);
            at += templates[i].Length;
        }

        BatchEnd.CopyTo(destination[at..]);
    }
}
