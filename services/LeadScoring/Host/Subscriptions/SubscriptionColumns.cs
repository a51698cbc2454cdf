using System.Text.Json;
using LeadScoring.Contracts;
using Npgsql;

namespace LeadScoring.Host.Subscriptions;

/// <summary>Reads the columns all statements on subscriptions list in the same order: the row, its progress, the feed's head.</summary>
internal static class SubscriptionColumns
{
    private const int ProgressAt = 16;
    private const int HeadAt = 22;
    private const int PendingAt = 23;

    public static SubscriptionRow Row(NpgsqlDataReader row) => new(
        new(row.GetString(0), row.GetGuid(1)),
        row.GetInt64(2),
        row.GetInt64(3),
        row.GetString(4),
        row.IsDBNull(5) ? null : row.GetFieldValue<string[]>(5),
        row.IsDBNull(6) ? null : row.GetString(6),
        row.GetBoolean(7),
        row.IsDBNull(8) ? null : ReasonOf(row.GetString(8)),
        Instant(row, 9),
        row.GetFieldValue<DateTimeOffset>(10),
        row.GetFieldValue<byte[]>(11),
        row.IsDBNull(12) ? null : row.GetFieldValue<byte[]>(12),
        Instant(row, 13),
        row.GetFieldValue<DateTimeOffset>(14),
        row.GetFieldValue<DateTimeOffset>(15));

    public static SubscriptionProgress Progress(NpgsqlDataReader row) => new(
        row.GetInt64(ProgressAt),
        row.GetInt32(ProgressAt + 1),
        Instant(row, ProgressAt + 2),
        Instant(row, ProgressAt + 3),
        Instant(row, ProgressAt + 4),
        row.IsDBNull(ProgressAt + 5) ? null : row.GetString(ProgressAt + 5));

    public static long Head(NpgsqlDataReader row) => row.GetInt64(HeadAt);

    public static long Pending(NpgsqlDataReader row) => row.GetInt64(PendingAt);

    public static string TextOf(SubscriptionDisabledReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    public static string TextOf(DeliveryStatus status) => status switch
    {
        DeliveryStatus.Pending => "pending",
        DeliveryStatus.Waiting => "waiting",
        DeliveryStatus.Delivered => "delivered",
        DeliveryStatus.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    public static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static SubscriptionDisabledReason ReasonOf(string text) =>
        Enum.GetValues<SubscriptionDisabledReason>().First(reason => TextOf(reason) == text);
}
