using JasperFx;
using LeadScoring.EventStore.Migrations;
using Npgsql;
using Weasel.Core.Migrations;

namespace LeadScoring.Host.Storage;

/// <summary>The tables this program was written for: the event store's and the host's own.</summary>
public static class Schema
{
    public static Migrator MigratorOf(NpgsqlDataSource database) => new(database, typeof(Schema).Assembly);

    /// <summary>Whether the tables were made at all; one short query.</summary>
    public static async Task<bool> IsMadeAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select to_regclass('mt_events') is not null");
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Applies what is missing, or refuses to start without it.</summary>
    /// <param name="mayApply">False: an operator migrates at a time of his choosing.</param>
    /// <returns>What was applied.</returns>
    /// <exception cref="StartupRefusal">Migrations are missing, cannot be applied, or belong to another program.</exception>
    public static async Task<IReadOnlyList<Migration>> EnsureAsync(NpgsqlDataSource database, bool mayApply, CancellationToken ct)
    {
        var migrator = MigratorOf(database);
        try
        {
            await using var store = MartenSetup.StoreOf(database);
            await using var registry = MartenSetup.RegistryOf(database);
            if (mayApply)
            {
                await registry.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
                await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
                return await migrator.ApplyAsync(ct);
            }

            await registry.Storage.Database.AssertDatabaseMatchesConfigurationAsync(ct);
            await store.Storage.Database.AssertDatabaseMatchesConfigurationAsync(ct);
            var pending = await migrator.PendingAsync(ct);
            return pending.Count == 0 ? [] : throw new StartupRefusal(
                $"The database lacks {pending.Count} migrations, from {pending[0].Number:000} ({pending[0].Name}) on: "
                + "run 'leadscoring migrate', or set Migrations:ApplyAtStart=true.");
        }
        catch (MigrationRefusedException e)
        {
            throw new StartupRefusal(e.Message, e);
        }
        catch (DatabaseValidationException e)
        {
            throw new StartupRefusal("The database lacks tables of this program: run 'leadscoring migrate', or set Migrations:ApplyAtStart=true.", e);
        }
        catch (PostgresException e)
        {
            throw new StartupRefusal($"The database cannot be migrated: {e.MessageText}.", e);
        }
        catch (InvalidOperationException e) when (e.InnerException is PostgresException)
        {
            throw new StartupRefusal(e.Message, e);
        }
    }
}
