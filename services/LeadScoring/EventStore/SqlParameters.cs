using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.EventStore;

/// <summary>Positional parameters that always say their type, so that a statement is prepared once, as meant.</summary>
internal static class SqlParameters
{
    public static NpgsqlParameter Text(string? value) => Of(value, NpgsqlDbType.Text);

    public static NpgsqlParameter Bigint(long value) => Of(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Integer(int value) => Of(value, NpgsqlDbType.Integer);

    public static NpgsqlParameter Uuid(Guid value) => Of(value, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Texts(string?[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameter Bigints(long[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameter Integers(int[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Integer);

    public static NpgsqlParameter Uuids(Guid[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    /// <param name="values">Instants in UTC.</param>
    public static NpgsqlParameter Instants(DateTime[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    /// <param name="values">UTF-8 JSON.</param>
    public static NpgsqlParameter Jsonbs(ReadOnlyMemory<byte>?[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Jsonb);

    /// <param name="values">UTF-8 JSON.</param>
    public static NpgsqlParameter Jsonbs(ReadOnlyMemory<byte>[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Jsonb);

    private static NpgsqlParameter<T> Of<T>(T value, NpgsqlDbType type) => new() { TypedValue = value, NpgsqlDbType = type };
}
