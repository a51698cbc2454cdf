using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>The part of a <see cref="LeadState"/> that is the lead's score.</summary>
internal static class ScoreStateBytes
{
    private static readonly long DayMax = DateTime.MaxValue.Ticks / TimeSpan.TicksPerDay;

    public static void Put(ref LeadStateWriter writer, ScoreState score)
    {
        writer.Text(score.ModelId);
        writer.Instant(score.Latest);
        writer.Byte((byte)((score.Exact ? 1 : 0) | (score.Clicks is null ? 0 : 2)));
        writer.Unsigned((ulong)score.Rules.Count);
        for (var i = 0; i < score.Rules.Count; i++)
        {
            var sum = score.Rules[i];
            // A lead in its first cycle, which most are, has all its points in the cycle.
            var isAllInCycle = BitConverter.DoubleToInt64Bits(sum.Points) == BitConverter.DoubleToInt64Bits(sum.InCycle);
            writer.Text(sum.Rule);
            writer.Byte((byte)((isAllInCycle ? 0 : 1) | (sum.Days is null ? 0 : 2)));
            writer.Double(sum.Points);
            if (!isAllInCycle) writer.Double(sum.InCycle);
            writer.Instant(sum.At);
            writer.Unsigned((ulong)sum.Engagements);
            if (sum.Days is { } days) Put(ref writer, days);
        }

        if (score.Clicks is { } clicks) Put(ref writer, clicks);
    }

    /// <param name="hasClicks">The format has them.</param>
    public static ScoreState Read(ref LeadStateReader reader, bool hasClicks)
    {
        var modelId = reader.Text();
        var latest = reader.Instant();
        var present = reader.ByteUpTo(hasClicks ? 3 : 1);
        var rules = LeadState.NewArray<RuleSum>(reader.Count());
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = reader.Text();
            var parts = reader.ByteUpTo(3);
            var points = reader.Double();
            rules[i] = new(
                rule,
                points,
                (parts & 1) != 0 ? reader.Double() : points,
                reader.Instant(),
                reader.Int(),
                (parts & 2) != 0 ? ReadDays(ref reader) : null);
        }

        return new(modelId, latest, (present & 1) != 0, rules) { Clicks = (present & 2) != 0 ? ReadClicks(ref reader) : null };
    }

    private static void Put(ref LeadStateWriter writer, ClickTrace clicks)
    {
        writer.Byte(clicks.DeliveredTicks is null ? (byte)0 : (byte)1);
        if (clicks.DeliveredTicks is { } delivered) writer.Instant(new(delivered, TimeSpan.Zero));
        writer.Unsigned((ulong)clicks.Clicks.Count);
        for (var i = 0; i < clicks.Clicks.Count; i++)
        {
            writer.Instant(new(clicks.Clicks[i].Ticks, TimeSpan.Zero));
            writer.Byte(clicks.Clicks[i].IsSettled ? (byte)1 : (byte)0);
        }
    }

    private static ClickTrace ReadClicks(ref LeadStateReader reader)
    {
        long? delivered = reader.ByteUpTo(1) != 0 ? reader.Instant().Ticks : null;
        var clicks = LeadState.NewArray<TracedClick>(reader.Count());
        for (var i = 0; i < clicks.Length; i++) clicks[i] = new(reader.Instant().Ticks, reader.ByteUpTo(1) != 0);
        return new(clicks, delivered);
    }

    private static void Put(ref LeadStateWriter writer, IReadOnlyList<FrequencyDay> days)
    {
        writer.Unsigned((ulong)days.Count);
        for (var i = 0; i < days.Count; i++)
        {
            writer.Signed(days[i].Day - (i == 0 ? 0L : days[i - 1].Day));
            writer.Unsigned((ulong)days[i].Ticks.Count);
            for (var n = 0; n < days[i].Ticks.Count; n++) writer.Unsigned((ulong)days[i].Ticks[n]);
        }
    }

    private static FrequencyDay[] ReadDays(ref LeadStateReader reader)
    {
        var days = LeadState.NewArray<FrequencyDay>(reader.Count());
        for (var i = 0; i < days.Length; i++)
        {
            var day = unchecked((i == 0 ? 0L : days[i - 1].Day) + reader.Signed());
            if (day < 0 || day > DayMax) throw new UnreadableLeadStateException("The state has a day that is none.");
            var ticks = LeadState.NewArray<long>(reader.Count());
            for (var n = 0; n < ticks.Length; n++) ticks[n] = reader.Long();
            days[i] = new((int)day, ticks);
        }

        return days;
    }
}
