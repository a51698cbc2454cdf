using System.Text.Json;
using LeadScoring.Domain.Backtests;

namespace LeadScoring.Host.Backtests;

/// <summary>
/// What a backtest needs of most engagements, when each occurred and which rules it counts under, read from the stored body
/// without making the event.
/// </summary>
internal static class EngagementBodies
{
    private const int TypeCharsMax = 64;

    /// <param name="body">UTF-8 JSON object.</param>
    /// <param name="occurredAt">UTC ticks.</param>
    /// <returns>False: this does not do, read the event.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, ModelPair models, out RulePair rules, out long occurredAt)
    {
        (rules, occurredAt) = (RulePair.None, 0);
        var (hasRules, hasTime) = (false, false);
        Span<char> type = stackalloc char[TypeCharsMax];
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("Type"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > TypeCharsMax) return false;
                if (!models.TryRulesFor(type[..reader.CopyString(type)], out rules)) return false;
                hasRules = true;
            }
            else if (reader.ValueTextEquals("OccurredAt"u8))
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.String || !reader.TryGetDateTimeOffset(out var at)) return false;
                (occurredAt, hasTime) = (at.UtcTicks, true);
            }
            else
            {
                reader.Skip();
            }

            if (hasRules && hasTime) return true;
        }

        return false;
    }
}
