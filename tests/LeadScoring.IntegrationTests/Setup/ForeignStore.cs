using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using Marten;

namespace LeadScoring.IntegrationTests.Setup;

/// <summary>
/// Another application on Marten that knows our event records and nothing else of ours: no inline projection runs in it, so a lead's
/// document is behind its stream afterwards.
/// </summary>
internal static class ForeignStore
{
    public static DocumentStore Of(string connectionString) => DocumentStore.For(options =>
    {
        options.Connection(connectionString);
        options.AutoCreateSchemaObjects = JasperFx.AutoCreate.None;
        options.Events.TenancyStyle = JasperFx.MultiTenancy.TenancyStyle.Conjoined;
        options.Events.AppendMode = JasperFx.Events.EventAppendMode.QuickWithServerTimestamps;
        options.Events.EnableBigIntEvents = true;
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        options.Events.MetadataConfig.HeadersEnabled = true;
        options.UseSystemTextJsonForSerialization(Weasel.Core.EnumStorage.AsString);
    });

    public static async Task AppendAsync(MigratedDatabase database, string tenant, Guid lead, params LeadEvent[] facts)
    {
        await using var store = Of(database.ConnectionString);
        await using var session = store.LightweightSession(tenant);
        session.Events.Append(lead, facts.Cast<object>());
        await session.SaveChangesAsync();
    }
}
