using System.Data.Common;
using Marten;
using Weasel.Core;
using Weasel.Core.Migrations;
using Weasel.Postgresql;
using DbCommandBuilder = Weasel.Core.DbCommandBuilder;

namespace LeadScoring.Host.Storage;

/// <summary>
/// Room left in the pages of tables whose rows change all the time: a row's next version then lies beside the last. Without it every move
/// of a stream wrote its key's index anew, and whoever looked a stream up went through its dead entries.
/// </summary>
internal sealed class FillFactors(StoreOptions options, IReadOnlyDictionary<string, int> percentByTable)
    : FeatureSchemaBase("fill_factors", options.Advanced.Migrator)
{
    protected override IEnumerable<ISchemaObject> schemaObjects() => percentByTable.Select(t => new FillFactor(options.DatabaseSchemaName, t.Key, t.Value));
}

/// <summary>A table's setting as Marten's schema knows it: <c>db-apply</c> makes it, <c>db-assert</c> misses it.</summary>
internal sealed class FillFactor(string schema, string table, int percent) : ISchemaObject
{
    public DbObjectName Identifier { get; } = new PostgresqlObjectName(schema, table + "_fill_factor", SchemaUtils.IdentifierUsage.General);

    public void WriteCreateStatement(Migrator migrator, TextWriter writer) =>
        writer.WriteLine($"alter table {schema}.{table} set (fillfactor = {percent});");

    public void WriteDropStatement(Migrator rules, TextWriter writer) => writer.WriteLine($"alter table if exists {schema}.{table} reset (fillfactor);");

    public void ConfigureQueryCommand(DbCommandBuilder builder) =>
        builder.Append($"select true from pg_class where oid = to_regclass('{schema}.{table}') and 'fillfactor={percent}' = any (reloptions);");

    public async Task<ISchemaObjectDelta> CreateDeltaAsync(DbDataReader reader, CancellationToken ct = default) =>
        new SchemaObjectDelta(this, await reader.ReadAsync(ct) ? SchemaPatchDifference.None : SchemaPatchDifference.Create);

    public IEnumerable<DbObjectName> AllNames() => [Identifier];
}
