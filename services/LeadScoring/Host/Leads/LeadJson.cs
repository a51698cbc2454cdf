using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads;

/// <summary>
/// Writes a lead as <see cref="LeadView"/> describes it, straight from the row: the most asked-for answer of all.
/// </summary>
public static class LeadJson
{
    private static readonly JsonEncodedText[] Stages = Codes<Contracts.Stage>();
    private static readonly JsonEncodedText[] IdentityKinds = Codes<IdentityKind>();
    private static readonly JsonEncodedText[] QualificationReasons = Codes<QualificationReason>();
    private static readonly JsonEncodedText[] RecycleReasons = Codes<RecycleReason>();
    private static readonly JsonEncodedText[] Grades = [.. Enum.GetNames<Contracts.Grade>().Select(name => JsonEncodedText.Encode(name))];

    /// <summary>Answers a request with the lead.</summary>
    /// <inheritdoc cref="Write"/>
    public static Task WriteAsync(HttpContext http, LeadDocument row, ScoringModel model, DateTimeOffset at, IReadOnlyList<LeadShadow>? shadow = null) =>
        JsonAnswer.WriteAsync(
            http, (Row: row, Model: model, At: at, Shadow: shadow), static (json, lead) => Write(json, lead.Row, lead.Model, lead.At, lead.Shadow));

    /// <summary>Everything known of the lead, with its exact score at an instant, which is never before its latest fact.</summary>
    /// <param name="row">Its score must be able to answer (<see cref="ScoreState.CanAnswer"/>).</param>
    /// <param name="shadow">What versions in shadow say of the lead; null: there is none.</param>
    public static void Write(Utf8JsonWriter json, LeadDocument row, ScoringModel model, DateTimeOffset at, IReadOnlyList<LeadShadow>? shadow = null)
    {
        var lead = row.Lead;
        json.WriteStartObject();
        json.WriteString("leadId"u8, lead.Id);
        json.WriteString("stage"u8, Stages[(int)lead.Stage]);
        WriteTime(json, "stageSince"u8, lead.StageSince);
        json.WriteNumber("cycle"u8, lead.Cycle);
        WriteScore(json, lead, model, lead.ClockAt(at));
        WriteIdentities(json, lead);
        WriteAttributes(json, lead);
        WriteEngagements(json, lead.Engagements);
        WriteText(json, "owner"u8, lead.Owner);
        WriteTime(json, "coolDownUntil"u8, lead.CoolDownUntil);
        if (lead.LastCycleEnd?.Reason is { } reason) json.WriteString("lastRecycleReason"u8, RecycleReasons[(int)reason]);
        if (lead.Handoff is { } handoff) WriteHandoff(json, handoff, lead.ClockAt(at));
        if (lead.Opportunity is { } opportunity) WriteOpportunity(json, opportunity);
        if (lead.Nurture is { } nurture) WriteNurture(json, nurture, lead.Engagements.LatestProduct?.Product);
        if (lead.Hold is { } hold) WriteHold(json, hold);
        WriteConflicts(json, lead);
        WriteTime(json, "capturedAt"u8, lead.CapturedAt);
        WriteTime(json, "updatedAt"u8, row.UpdatedAt);
        json.WriteNumber("version"u8, lead.Version);
        if (shadow is not null) WriteShadow(json, shadow);
        json.WriteEndObject();
    }

    private static void WriteScore(Utf8JsonWriter json, Lead lead, ScoringModel model, DateTimeOffset asOf)
    {
        var score = lead.Score.At(asOf, model);
        var fit = model.FitOf(lead.Attributes);
        var grade = model.GradeOf(fit);
        json.WriteNumber("score"u8, Explanation.ScoreShown(score));
        json.WriteNumber("qualifyingScore"u8, Explanation.ScoreShown(lead.Score.InCycleAt(asOf, model)));
        WriteTime(json, "scoreAsOf"u8, asOf);
        json.WriteString("grade"u8, Grades[(int)grade]);
        json.WriteNumber("fit"u8, Explanation.ScoreShown(fit));
        json.WriteString("rating"u8, LeadViews.Rating(grade, score));
        json.WriteNumber("modelVersion"u8, model.Version);
    }

    private static void WriteIdentities(Utf8JsonWriter json, Lead lead)
    {
        json.WriteStartObject("identities"u8);
        WriteKind("externalIds"u8, Domain.Identities.IdentityKind.ExternalId);
        WriteKind("emails"u8, Domain.Identities.IdentityKind.Email);
        WriteKind("anonymousIds"u8, Domain.Identities.IdentityKind.AnonymousId);
        json.WriteEndObject();

        void WriteKind(ReadOnlySpan<byte> name, Domain.Identities.IdentityKind kind)
        {
            json.WriteStartArray(name);
            for (var i = 0; i < lead.Identities.Count; i++)
            {
                if (lead.Identities[i].Kind == kind) json.WriteStringValue(lead.Identities[i].Value);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteAttributes(Utf8JsonWriter json, Lead lead)
    {
        json.WriteStartObject("attributes"u8);
        if (lead.Attributes.Count > 0)
        {
            foreach (var (name, value) in lead.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                switch (value.Kind)
                {
                    case Domain.ScalarKind.Text: json.WriteStringValue(value.Text); break;
                    case Domain.ScalarKind.Number: json.WriteNumberValue(value.Number); break;
                    default: json.WriteBooleanValue(value.Number != 0); break;
                }
            }
        }

        json.WriteEndObject();
    }

    private static void WriteEngagements(Utf8JsonWriter json, EngagementTally tally)
    {
        json.WriteStartObject("engagements"u8);
        json.WriteNumber("count"u8, tally.Count);
        WriteTime(json, "firstAt"u8, tally.FirstAt);
        WriteTime(json, "lastAt"u8, tally.LastAt);
        json.WriteStartObject("countByType"u8);
        foreach (var (type, count) in tally.CountByType.OrderBy(c => c.Key, StringComparer.Ordinal)) json.WriteNumber(type, count);
        json.WriteEndObject();
        WriteTexts(json, "sources"u8, tally.Sources);
        WriteTexts(json, "campaigns"u8, tally.Campaigns);
        WriteTexts(json, "products"u8, tally.Products);
        json.WriteEndObject();
    }

    private static void WriteHandoff(Utf8JsonWriter json, Handoff handoff, DateTimeOffset asOf)
    {
        json.WriteStartObject("handoff"u8);
        json.WriteNumber("cycle"u8, handoff.Cycle);
        json.WriteString("reason"u8, QualificationReasons[(int)handoff.Reason]);
        json.WriteNumber("score"u8, Explanation.ScoreShown(handoff.Score));
        json.WriteString("grade"u8, Grades[(int)handoff.Grade]);
        WriteTime(json, "at"u8, handoff.At);
        WriteTime(json, "acceptanceDueAt"u8, handoff.AcceptanceDueAt);
        WriteTime(json, "acceptanceDueSoonAt"u8, handoff.AcceptanceDueSoonAt);
        WriteTime(json, "answeredAt"u8, handoff.AnsweredAt);
        if (handoff.AnsweredAt is { } answeredAt) json.WriteNumber("speedToLeadSeconds"u8, (answeredAt - handoff.At).TotalSeconds);
        json.WriteBoolean("overdue"u8, (handoff.AnsweredAt ?? asOf) > handoff.AcceptanceDueAt);
        json.WriteEndObject();
    }

    private static void WriteNurture(Utf8JsonWriter json, NurturePlace nurture, string? product)
    {
        json.WriteStartObject("nurture"u8);
        WriteTime(json, "startedAt"u8, nurture.StartedAt);
        WriteText(json, "product"u8, product);
        if (nurture.Next is { } next)
        {
            json.WriteStartObject("nextStep"u8);
            json.WriteNumber("step"u8, next.Step);
            json.WriteNumber("day"u8, next.Day);
            json.WriteString("channel"u8, next.Channel);
            WriteTime(json, "dueAt"u8, next.DueAt);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteHold(Utf8JsonWriter json, ModelHold hold)
    {
        json.WriteStartObject("held"u8);
        json.WriteNumber("modelVersion"u8, hold.ModelVersion);
        WriteTime(json, "since"u8, hold.At);
        json.WriteBoolean("dropped"u8, hold.IsDropped);
        json.WriteEndObject();
    }

    private static void WriteOpportunity(Utf8JsonWriter json, Opportunity opportunity)
    {
        json.WriteStartObject("opportunity"u8);
        if (opportunity.Amount is { } amount) json.WriteNumber("amount"u8, amount);
        WriteText(json, "currency"u8, opportunity.Currency);
        WriteTime(json, "openedAt"u8, opportunity.OpenedAt);
        json.WriteEndObject();
    }

    private static void WriteShadow(Utf8JsonWriter json, IReadOnlyList<LeadShadow> shadow)
    {
        json.WritePropertyName("shadow"u8);
        JsonSerializer.Serialize(json, shadow, WireJson.Default.IReadOnlyListLeadShadow);
    }

    private static void WriteConflicts(Utf8JsonWriter json, Lead lead)
    {
        json.WriteStartArray("identityConflicts"u8);
        for (var i = 0; i < lead.Conflicts.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, IdentityKinds[(int)lead.Conflicts[i].Kind]);
            json.WriteString("leadId"u8, lead.Conflicts[i].OtherLeadId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? at)
    {
        if (at is { } known) json.WriteString(name, known.ToUniversalTime());
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }

    private static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < texts.Count; i++) json.WriteStringValue(texts[i]);
        json.WriteEndArray();
    }

    /// <summary>As <see cref="SnakeCaseEnum{T}"/> writes them, by value.</summary>
    private static JsonEncodedText[] Codes<T>()
        where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(name => JsonEncodedText.Encode(JsonNamingPolicy.SnakeCaseLower.ConvertName(name)))];
}
