using JasperFx;
using Marten;
using Npgsql;
using Weasel.Core.Migrations;
using Wolverine.Persistence.Durability;

namespace LeadScoring.Host.Storage;

/// <summary>Which of this program's versions made a database's tables last.</summary>
public sealed record SchemaVersion(string Id, int Version)
{
    public const string OnlyId = "leadscoring";
}

/// <summary>The tables this program was written for: all of them are Marten's, as <see cref="MartenSetup"/> describes them.</summary>
public static class Schema
{
    /// <summary>Grows with each change of <see cref="MartenSetup"/> that an older program could not work with.</summary>
    public const int Version = 1;

    private const string HowToMigrate = "run 'leadscoring db-apply', or set Migrations:ApplyAtStart=true.";

    /// <summary>Makes what is missing, or refuses to start without it. Several at once take turns.</summary>
    /// <param name="mayApply">False: an operator migrates at a time of his choosing.</param>
    /// <exception cref="StartupRefusal">Tables are missing, cannot be made, or belong to a newer program.</exception>
    public static async Task EnsureAsync(NpgsqlDataSource database, bool mayApply, CancellationToken ct)
    {
        try
        {
            await using var store = MartenSetup.StoreOf(database);
            await using var registry = MartenSetup.RegistryOf(database);
            await using var messaging = WolverineSetup.MessagesOf(database);
            var messages = messaging.GetRequiredService<IMessageStore>().Admin;
            await RefuseNewerAsync(store, ct);
            if (mayApply)
            {
                await using var turn = await SessionLock.TakeAsync(database, SessionLock.Schema, ct);
                await registry.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
                await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
                await messages.MigrateAsync();
                await NoteAppliedAsync(store, ct);
                return;
            }

            await registry.Storage.Database.AssertDatabaseMatchesConfigurationAsync(ct);
            await store.Storage.Database.AssertDatabaseMatchesConfigurationAsync(ct);
            await messages.AssertStorageExistsAsync(ct);
        }
        catch (DatabaseValidationException e)
        {
            throw new StartupRefusal($"The database lacks tables of this program: {HowToMigrate}", e);
        }
        catch (PostgresException e)
        {
            throw new StartupRefusal($"The database cannot be migrated: {e.MessageText}.", e);
        }
        catch (InvalidOperationException e) when (!mayApply && e.InnerException is null)
        {
            throw new StartupRefusal($"The database lacks tables of this program: {HowToMigrate}", e); // Wolverine's.
        }
        catch (InvalidOperationException e) when (e.InnerException is PostgresException)
        {
            throw new StartupRefusal(e.Message, e);
        }
    }

    /// <returns>Of the tables; 0: there are none.</returns>
    public static async Task<int> VersionAsync(IDocumentStore store, CancellationToken ct)
    {
        try
        {
            await using var session = store.QuerySession();
            return (await session.LoadAsync<SchemaVersion>(SchemaVersion.OnlyId, ct))?.Version ?? 0;
        }
        catch (Exception e) when (StoreFailures.Cause(e) is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            return 0;
        }
    }

    /// <exception cref="StartupRefusal">The tables are those of a newer program.</exception>
    public static async Task RefuseNewerAsync(IDocumentStore store, CancellationToken ct)
    {
        if (await VersionAsync(store, ct) is var found and > Version)
        {
            throw new StartupRefusal($"The database has the tables of a newer LeadScoring (version {found}; this program knows {Version}): run that one.");
        }
    }

    /// <summary>All tables are made: those who ask for the version may begin.</summary>
    public static async Task NoteAppliedAsync(IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.LightweightSession();
        session.Store(new SchemaVersion(SchemaVersion.OnlyId, Version));
        await session.SaveChangesAsync(ct);
    }
}
