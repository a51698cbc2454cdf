using LeadScoring.EventStore;
using LeadScoring.EventStore.Migrations;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.IntegrationTests.EventStore;

/// <summary>Each test has an empty database of its own.</summary>
public sealed class MigratorTests : IAsyncLifetime
{
    private static readonly Migration Leads = new(
        2, "leads", "checksum-of-leads", "create table lead (id uuid); create table stage (id uuid)");
    private static readonly Migration Broken = new(
        3, "broken", "checksum-of-broken", "create table half (id uuid); select 1 / 0");

    private NpgsqlDataSource _dataSource = null!;

    public async Task InitializeAsync() => _dataSource = NpgsqlDataSource.Create(await PostgresRun.CreateEmptyAsync());

    public Task DisposeAsync() => _dataSource.DisposeAsync().AsTask();

    [Fact]
    public async Task A_later_migration_is_applied_on_top_whatever_the_order_it_is_named_in()
    {
        await MigratorOf(First()).ApplyAsync(CancellationToken.None);

        (await MigratorOf(Leads, First()).PendingAsync(CancellationToken.None)).ShouldBe([Leads]);
        (await MigratorOf(Leads, First()).ApplyAsync(CancellationToken.None)).ShouldBe([Leads]);

        (await ScalarAsync("select to_regclass('stage')::text")).ShouldBe("stage");
    }

    [Fact]
    public async Task Two_migrators_at_once_apply_each_migration_once_between_them()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
            MigratorOf(First(), Leads).ApplyAsync(CancellationToken.None))));

        applied.SelectMany(a => a).Select(m => m.Number).ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_and_keeps_those_before_it()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() =>
            MigratorOf(First(), Leads, Broken).ApplyAsync(CancellationToken.None));

        failure.Message.ShouldBe("Migration 003 (broken) failed and was rolled back: division by zero");
        (await ScalarAsync("select coalesce(to_regclass('half')::text, 'none')")).ShouldBe("none");
        (await ScalarAsync("select string_agg(number::text, ',' order by number) from schema_migration")).ShouldBe("1,2");
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_is_refused()
    {
        await MigratorOf(First(), Leads).ApplyAsync(CancellationToken.None);
        var changed = MigratorOf(First(), Leads with { Checksum = "another" });

        (await Should.ThrowAsync<MigrationRefusedException>(() => changed.ApplyAsync(CancellationToken.None)))
            .Message.ShouldContain("Migration 002 (leads) was changed after it was applied");
        await Should.ThrowAsync<MigrationRefusedException>(() => changed.PendingAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused()
    {
        await MigratorOf(First(), Leads).ApplyAsync(CancellationToken.None);

        (await Should.ThrowAsync<MigrationRefusedException>(() => MigratorOf(First()).ApplyAsync(CancellationToken.None)))
            .Message.ShouldContain("migration 002 (leads), which this program does not know");
    }

    [Fact]
    public async Task A_migration_numbered_below_an_applied_one_is_refused()
    {
        await MigratorOf(Leads).ApplyAsync(CancellationToken.None);

        (await Should.ThrowAsync<MigrationRefusedException>(() => MigratorOf(First(), Leads).ApplyAsync(CancellationToken.None)))
            .Message.ShouldContain("Migration 001 (first) is missing from the database");
    }

    [Fact]
    public void Two_migrations_of_one_number_are_refused() =>
        Should.Throw<InvalidOperationException>(() => MigratorOf(First(), Leads with { Number = 1 }));

    private static Migration First() => new(1, "first", "checksum-of-first", "create table first (id uuid)");

    private Migrator MigratorOf(params Migration[] migrations) => new(_dataSource, migrations);

    private async Task<string> ScalarAsync(string sql)
    {
        await using var command = _dataSource.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
