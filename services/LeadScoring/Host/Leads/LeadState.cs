using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Host.Leads;

/// <summary>The bytes of a <c>state</c> column are not a lead's; the message says what is wrong with them, never what they hold.</summary>
public sealed class UnreadableLeadStateException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// How the <c>state</c> column of a lead's row is written and read: a format byte, then the lead's members one after
/// another. A lead is written at every change and read whole or not at all, so what counts is bytes and time.
/// </summary>
/// <remarks>
/// Rows from before format 1 hold JSON, which begins with a brace; they are read too. A changed lead gets the next format
/// number and those before stay readable. Instants are kept to the tick, in UTC.
/// </remarks>
public static class LeadState
{
    /// <summary>The first byte of what <see cref="Write"/> makes.</summary>
    public const byte Format = 3;

    /// <summary>Without what a change of the model does: a hold, suspected bots.</summary>
    private const byte FormatWithoutModels = 2;

    /// <summary>Without what time makes due: a handoff's reminders and answer, and nurture.</summary>
    private const byte FormatWithoutTimers = 1;

    private const byte FirstByteOfJson = (byte)'{';

    public static byte[] Write(Lead lead)
    {
        var writer = new LeadStateWriter();
        try
        {
            writer.Byte(Format);
            writer.Guid(lead.Id);
            writer.Instant(lead.CapturedAt);
            writer.Unsigned((ulong)lead.Version);
            writer.Unsigned((ulong)FlagsOf(lead));
            writer.Byte((byte)lead.Stage);
            writer.Instant(lead.StageSince);
            writer.Unsigned((ulong)lead.Cycle);
            writer.Instant(lead.LatestAt);
            Put(ref writer, lead.CountFrom);
            Put(ref writer, lead.CoolDownUntil);
            Put(ref writer, lead.FastTrackedAt);
            if (lead.Owner is { } owner) writer.Text(owner);
            if (lead.LastCycleEnd is { } end) Put(ref writer, end);
            if (lead.Handoff is { } handoff) Put(ref writer, handoff);
            if (lead.Opportunity is { } opportunity) Put(ref writer, opportunity);
            if (lead.Nurture is { } nurture) Put(ref writer, nurture);
            if (lead.NurtureWish is { } wish) Put(ref writer, wish);
            if (lead.Hold is { } hold) Put(ref writer, hold);
            Put(ref writer, lead.Identities);
            Put(ref writer, lead.Conflicts);
            Put(ref writer, lead.Attributes);
            Put(ref writer, lead.Engagements);
            ScoreStateBytes.Put(ref writer, lead.Score);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <exception cref="UnreadableLeadStateException">The bytes are cut short, of an unknown format, or say what no lead can be.</exception>
    public static Lead Read(ReadOnlySpan<byte> state)
    {
        if (state.IsEmpty) throw new UnreadableLeadStateException("The state is empty.");
        if (state[0] == FirstByteOfJson) return ReadJson(state);
        var format = state[0];
        if (format is not (Format or FormatWithoutModels or FormatWithoutTimers)) throw new UnreadableLeadStateException($"The state's format {format} is not known.");

        var reader = new LeadStateReader(state[1..]);
        var id = reader.Guid();
        var capturedAt = reader.Instant();
        var version = reader.Long();
        var flags = (Flags)reader.Int();
        var known = format switch
        {
            FormatWithoutTimers => Flags.AllWithoutTimers,
            FormatWithoutModels => Flags.AllWithoutModels,
            _ => Flags.All,
        };
        if ((flags & ~known) != Flags.None) throw new UnreadableLeadStateException("The state has members that are not known.");
        var lead = new Lead
        {
            Id = id,
            CapturedAt = capturedAt,
            Version = version,
            QualifiedThisCycle = flags.HasFlag(Flags.QualifiedThisCycle),
            DisqualifiedByRejection = flags.HasFlag(Flags.DisqualifiedByRejection),
            Stage = (Stage)reader.ByteUpTo((byte)Stage.Disqualified),
            StageSince = reader.Instant(),
            Cycle = reader.Int(),
            LatestAt = reader.Instant(),
            CountFrom = flags.HasFlag(Flags.CountFrom) ? reader.Instant() : null,
            CoolDownUntil = flags.HasFlag(Flags.CoolDownUntil) ? reader.Instant() : null,
            FastTrackedAt = flags.HasFlag(Flags.FastTrackedAt) ? reader.Instant() : null,
            Owner = flags.HasFlag(Flags.Owner) ? reader.Text() : null,
            LastCycleEnd = flags.HasFlag(Flags.LastCycleEnd) ? ReadCycleEnd(ref reader) : null,
            Handoff = flags.HasFlag(Flags.Handoff) ? ReadHandoff(ref reader, hasTimers: format != FormatWithoutTimers) : null,
            Opportunity = flags.HasFlag(Flags.Opportunity) ? ReadOpportunity(ref reader) : null,
            Nurture = flags.HasFlag(Flags.Nurture) ? ReadNurture(ref reader, hasProduct: format < Format) : null,
            NurtureWish = flags.HasFlag(Flags.NurtureWish) ? new(reader.ByteUpTo(1) != 0, reader.Instant()) : null,
            Hold = flags.HasFlag(Flags.Hold) ? new(reader.Int(), reader.Instant(), reader.ByteUpTo(1) != 0) : null,
            Identities = ReadIdentities(ref reader),
            Conflicts = ReadConflicts(ref reader),
            Attributes = ReadAttributes(ref reader),
            Engagements = ReadTally(ref reader, hasLatestProduct: format == Format),
            Score = ScoreStateBytes.Read(ref reader, hasClicks: format == Format),
        };
        reader.ExpectEnd();
        return format == Format ? lead : Outdated(lead, hasTimers: format != FormatWithoutTimers);
    }

    /// <summary>
    /// Such a state does not know whether a handoff was answered, or which product was the latest: an inexact score has
    /// whoever needs the lead fold its stream.
    /// </summary>
    private static Lead Outdated(Lead lead, bool hasTimers) =>
        (!hasTimers && lead is { Handoff.AnsweredAt: null, Stage: not Stage.MarketingQualified }) || lead.Engagements.Products.Count > 0
            ? lead with { Score = lead.Score with { Exact = false } }
            : lead;

    private static Lead ReadJson(ReadOnlySpan<byte> state)
    {
        try
        {
            return Outdated(JsonSerializer.Deserialize(state, LeadStateJson.Default.Lead)!, hasTimers: false);
        }
        catch (JsonException e)
        {
            throw new UnreadableLeadStateException("The state is not the JSON of a lead.", e);
        }
    }

    [Flags]
    private enum Flags
    {
        None = 0,
        QualifiedThisCycle = 1,
        DisqualifiedByRejection = 1 << 1,
        CountFrom = 1 << 2,
        CoolDownUntil = 1 << 3,
        FastTrackedAt = 1 << 4,
        Owner = 1 << 5,
        LastCycleEnd = 1 << 6,
        Handoff = 1 << 7,
        Opportunity = 1 << 8,
        AllWithoutTimers = (1 << 9) - 1,
        Nurture = 1 << 9,
        NurtureWish = 1 << 10,
        AllWithoutModels = (1 << 11) - 1,
        Hold = 1 << 11,
        All = (1 << 12) - 1,
    }

    private static Flags FlagsOf(Lead lead) =>
        (lead.QualifiedThisCycle ? Flags.QualifiedThisCycle : Flags.None)
        | (lead.DisqualifiedByRejection ? Flags.DisqualifiedByRejection : Flags.None)
        | (lead.CountFrom is not null ? Flags.CountFrom : Flags.None)
        | (lead.CoolDownUntil is not null ? Flags.CoolDownUntil : Flags.None)
        | (lead.FastTrackedAt is not null ? Flags.FastTrackedAt : Flags.None)
        | (lead.Owner is not null ? Flags.Owner : Flags.None)
        | (lead.LastCycleEnd is not null ? Flags.LastCycleEnd : Flags.None)
        | (lead.Handoff is not null ? Flags.Handoff : Flags.None)
        | (lead.Opportunity is not null ? Flags.Opportunity : Flags.None)
        | (lead.Nurture is not null ? Flags.Nurture : Flags.None)
        | (lead.NurtureWish is not null ? Flags.NurtureWish : Flags.None)
        | (lead.Hold is not null ? Flags.Hold : Flags.None);

    private static void Put(ref LeadStateWriter writer, DateTimeOffset? at)
    {
        if (at is { } instant) writer.Instant(instant);
    }

    private static void Put(ref LeadStateWriter writer, CycleEnd end)
    {
        writer.Byte(end.Reason is { } reason ? (byte)(reason + 1) : (byte)0);
        writer.Instant(end.At);
    }

    private static CycleEnd ReadCycleEnd(ref LeadStateReader reader)
    {
        var reason = reader.ByteUpTo(RecycleReasonMax + 1);
        return new(reason == 0 ? null : (RecycleReason)(reason - 1), reader.Instant());
    }

    private static void Put(ref LeadStateWriter writer, Handoff handoff)
    {
        writer.Unsigned((ulong)handoff.Cycle);
        writer.Byte((byte)handoff.Reason);
        writer.Double(handoff.Score);
        writer.Byte((byte)handoff.Grade);
        writer.Instant(handoff.At);
        writer.Instant(handoff.AcceptanceDueAt);
        writer.Byte((byte)(
            (handoff.AcceptanceDueSoonAt is null ? 0 : 1)
            | (handoff.EscalateTo is null ? 0 : 2)
            | (handoff.AnsweredAt is null ? 0 : 4)
            | (handoff.DueSoonRaised ? 8 : 0)
            | (handoff.OverdueRaised ? 16 : 0)));
        Put(ref writer, handoff.AcceptanceDueSoonAt);
        if (handoff.EscalateTo is { } escalateTo) writer.Text(escalateTo);
        Put(ref writer, handoff.AnsweredAt);
    }

    private static Handoff ReadHandoff(ref LeadStateReader reader, bool hasTimers)
    {
        var handoff = new Handoff(
            reader.Int(),
            (QualificationReason)reader.ByteUpTo(QualificationReasonMax),
            reader.Double(),
            (Grade)reader.ByteUpTo((byte)Grade.D),
            reader.Instant(),
            reader.Instant());
        if (!hasTimers) return handoff;
        var present = reader.ByteUpTo(31);
        return handoff with
        {
            AcceptanceDueSoonAt = (present & 1) != 0 ? reader.Instant() : null,
            EscalateTo = (present & 2) != 0 ? reader.Text() : null,
            AnsweredAt = (present & 4) != 0 ? reader.Instant() : null,
            DueSoonRaised = (present & 8) != 0,
            OverdueRaised = (present & 16) != 0,
        };
    }

    private static void Put(ref LeadStateWriter writer, NurturePlace nurture)
    {
        writer.Byte((byte)(nurture.Next is null ? 0 : 2));
        writer.Instant(nurture.StartedAt);
        if (nurture.Next is not { } next) return;
        writer.Unsigned((ulong)next.Step);
        writer.Unsigned((ulong)next.Day);
        writer.Text(next.Channel);
        writer.Instant(next.DueAt);
    }

    private static NurturePlace ReadNurture(ref LeadStateReader reader, bool hasProduct)
    {
        var present = reader.ByteUpTo(3);
        if (hasProduct && (present & 1) != 0) reader.Text();
        return new(
            reader.Instant(),
            (present & 2) != 0 ? new(reader.Int(), reader.Int(), reader.Text(), reader.Instant()) : null);
    }

    private static void Put(ref LeadStateWriter writer, NurtureWish wish)
    {
        writer.Byte(wish.IsOut ? (byte)1 : (byte)0);
        writer.Instant(wish.Since);
    }

    private static void Put(ref LeadStateWriter writer, ModelHold hold)
    {
        writer.Unsigned((ulong)hold.ModelVersion);
        writer.Instant(hold.At);
        writer.Byte(hold.IsDropped ? (byte)1 : (byte)0);
    }

    private static void Put(ref LeadStateWriter writer, Opportunity opportunity)
    {
        writer.Byte((byte)((opportunity.Amount is null ? 0 : 1) | (opportunity.Currency is null ? 0 : 2)));
        if (opportunity.Amount is { } amount) writer.Decimal(amount);
        if (opportunity.Currency is { } currency) writer.Text(currency);
        writer.Instant(opportunity.OpenedAt);
    }

    private static Opportunity ReadOpportunity(ref LeadStateReader reader)
    {
        var present = reader.ByteUpTo(3);
        return new(
            (present & 1) != 0 ? reader.Decimal() : null,
            (present & 2) != 0 ? reader.Text() : null,
            reader.Instant());
    }

    private static void Put(ref LeadStateWriter writer, IReadOnlyList<Identity> identities)
    {
        writer.Unsigned((ulong)identities.Count);
        for (var i = 0; i < identities.Count; i++)
        {
            writer.Byte((byte)identities[i].Kind);
            writer.Text(identities[i].Value);
        }
    }

    private static Identity[] ReadIdentities(ref LeadStateReader reader)
    {
        var identities = NewArray<Identity>(reader.Count());
        for (var i = 0; i < identities.Length; i++)
        {
            identities[i] = new((IdentityKind)reader.ByteUpTo((byte)IdentityKind.AnonymousId), reader.Text());
        }

        return identities;
    }

    private static void Put(ref LeadStateWriter writer, IReadOnlyList<IdentityConflict> conflicts)
    {
        writer.Unsigned((ulong)conflicts.Count);
        for (var i = 0; i < conflicts.Count; i++)
        {
            writer.Byte((byte)conflicts[i].Kind);
            writer.Guid(conflicts[i].OtherLeadId);
        }
    }

    private static IdentityConflict[] ReadConflicts(ref LeadStateReader reader)
    {
        var conflicts = NewArray<IdentityConflict>(reader.Count());
        for (var i = 0; i < conflicts.Length; i++)
        {
            conflicts[i] = new((IdentityKind)reader.ByteUpTo((byte)IdentityKind.AnonymousId), reader.Guid());
        }

        return conflicts;
    }

    private static void Put(ref LeadStateWriter writer, IReadOnlyDictionary<string, Scalar> attributes)
    {
        writer.Unsigned((ulong)attributes.Count);
        if (attributes.Count == 0) return;
        foreach (var (name, value) in attributes)
        {
            writer.Text(name);
            writer.Byte((byte)value.Kind);
            switch (value.Kind)
            {
                case ScalarKind.Text: writer.Text(value.Text!); break;
                case ScalarKind.Number: writer.Double(value.Number); break;
                default: writer.Byte(value.Number != 0 ? (byte)1 : (byte)0); break;
            }
        }
    }

    private static Dictionary<string, Scalar> ReadAttributes(ref LeadStateReader reader)
    {
        var count = reader.Count();
        var attributes = new Dictionary<string, Scalar>(count);
        for (var i = 0; i < count; i++)
        {
            var name = reader.Text();
            attributes[name] = (ScalarKind)reader.ByteUpTo((byte)ScalarKind.Boolean) switch
            {
                ScalarKind.Text => Scalar.Of(reader.Text()),
                ScalarKind.Number => Scalar.Of(reader.Double()),
                _ => Scalar.Of(reader.ByteUpTo(1) != 0),
            };
        }

        return attributes;
    }

    private static void Put(ref LeadStateWriter writer, EngagementTally tally)
    {
        writer.Unsigned((ulong)tally.Count);
        writer.Byte((byte)((tally.FirstAt is null ? 0 : 1) | (tally.LastAt is null ? 0 : 2) | (tally.LatestProduct is null ? 0 : 4)));
        Put(ref writer, tally.FirstAt);
        Put(ref writer, tally.LastAt);
        if (tally.LatestProduct is { } interest)
        {
            writer.Text(interest.Product);
            writer.Instant(interest.At);
        }

        writer.Unsigned((ulong)tally.CountByType.Count);
        foreach (var (type, count) in tally.CountByType)
        {
            writer.Text(type);
            writer.Unsigned((ulong)count);
        }

        Put(ref writer, tally.Sources);
        Put(ref writer, tally.Campaigns);
        Put(ref writer, tally.Products);
    }

    private static EngagementTally ReadTally(ref LeadStateReader reader, bool hasLatestProduct)
    {
        var engagements = reader.Int();
        var present = reader.ByteUpTo(hasLatestProduct ? 7 : 3);
        DateTimeOffset? firstAt = (present & 1) != 0 ? reader.Instant() : null;
        DateTimeOffset? lastAt = (present & 2) != 0 ? reader.Instant() : null;
        var latestProduct = (present & 4) != 0 ? new ProductInterest(reader.Text(), reader.Instant()) : null;
        var types = reader.Count();
        var (names, counts) = (NewArray<string>(types), NewArray<int>(types));
        for (var i = 0; i < types; i++) (names[i], counts[i]) = (reader.Text(), reader.Int());
        return new(engagements, firstAt, lastAt, new TypeCounts(names, counts), ReadTexts(ref reader), ReadTexts(ref reader), ReadTexts(ref reader), latestProduct);
    }

    private static void Put(ref LeadStateWriter writer, IReadOnlyList<string> texts)
    {
        writer.Unsigned((ulong)texts.Count);
        for (var i = 0; i < texts.Count; i++) writer.Text(texts[i]);
    }

    private static string[] ReadTexts(ref LeadStateReader reader)
    {
        var texts = NewArray<string>(reader.Count());
        for (var i = 0; i < texts.Length; i++) texts[i] = reader.Text();
        return texts;
    }

    internal static T[] NewArray<T>(int length) => length == 0 ? [] : new T[length];

    private static readonly byte RecycleReasonMax = (byte)Enum.GetValues<RecycleReason>().Max();
    private static readonly byte QualificationReasonMax = (byte)Enum.GetValues<QualificationReason>().Max();
}
