using Npgsql;
using NpgsqlTypes;

namespace LeadScoring.Host.Storage;

/// <summary>Positional parameters that always say their type, so that a statement is prepared once and never guessed at.</summary>
internal static class Sql
{
    public static NpgsqlParameter Of<T>(T value, NpgsqlDbType type) => new NpgsqlParameter<T> { TypedValue = value, NpgsqlDbType = type };

    /// <param name="type">Of one element.</param>
    public static NpgsqlParameter Many<T>(T[] values, NpgsqlDbType type) => Of(values, NpgsqlDbType.Array | type);

    public static NpgsqlBatchCommand BatchCommand(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    public static void AddAll(this NpgsqlParameterCollection all, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        foreach (var parameter in parameters) all.Add(parameter);
    }
}
