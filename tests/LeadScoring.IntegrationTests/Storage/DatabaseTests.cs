using System.Collections.Concurrent;
using System.Runtime.Versioning;
using LeadScoring.Host;
using LeadScoring.Host.Operations.Commands;
using LeadScoring.Host.Storage;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LeadScoring.IntegrationTests.Storage;

[SupportedOSPlatform("linux")]
public sealed class DatabaseTests(DatabaseTests.OneCluster one) : IClassFixture<DatabaseTests.OneCluster>
{
    private const string Secret = "s3cr3t-word";

    [Theory]
    [InlineData("serve")]
    [InlineData("db-apply")]
    [InlineData("verify")]
    [InlineData("rebuild")]
    [InlineData("keys list --tenant a")]
    [InlineData("suggest --tenant a")]
    [InlineData("backtest --tenant a --version 1")]
    [InlineData("demo-year --tenant a")]
    public async Task Without_a_connection_string_a_command_says_in_a_sentence_what_to_do(string command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        (await CommandLine.RunAsync([.. command.Split(' '), "--set", "ConnectionStrings:LeadScoring="], output, error)).ShouldBe(StartupRefusal.ExitCode);
        error.ToString().TrimEnd().ShouldBe(
            "No database is given: set ConnectionStrings__LeadScoring=\"Host=...;Database=...;Username=...;Password=...\", "
            + "or start LeadScoring by deploy/run.sh, which makes a private PostgreSQL.");
    }

    [Fact]
    public async Task Every_session_has_its_time_outs_and_its_name()
    {
        await using var database = await OpenAsync(one.ConnectionString);
        (await ScalarAsync(database, "select current_setting('statement_timeout')")).ShouldBe("30s");
        (await ScalarAsync(database, "select current_setting('lock_timeout')")).ShouldBe("10s");
        (await ScalarAsync(database, "select current_setting('idle_in_transaction_session_timeout')")).ShouldBe("30s");
        (await ScalarAsync(database, "select current_setting('application_name')")).ShouldBe("leadscoring");
    }

    [Fact]
    public async Task What_the_operator_writes_in_the_connection_string_wins_over_the_defaults()
    {
        var written = one.ConnectionString + ";Maximum Pool Size=7;Application Name=theirs;Options=-c statement_timeout=1234";
        await using var database = await OpenAsync(written);
        (await ScalarAsync(database, "select current_setting('statement_timeout')")).ShouldBe("1234ms");
        (await ScalarAsync(database, "select current_setting('lock_timeout')")).ShouldBe("10s");
        (await ScalarAsync(database, "select current_setting('application_name')")).ShouldBe("theirs");
        Database.Complete(new DatabaseOptions(written)).MaxPoolSize.ShouldBe(7);
    }

    [Fact]
    public async Task Statements_are_prepared_and_the_session_is_not_reset_between_uses()
    {
        await using var database = await OpenAsync(one.ConnectionString + ";Maximum Pool Size=1");
        for (var use = 0; use < 3; use++)
        {
            await ScalarAsync(database, "select 12345");
        }

        (await ScalarAsync(database, "select count(*) from pg_prepared_statements where statement = 'select 12345'")).ShouldBe(1L);
    }

    [Fact]
    public async Task It_waits_for_a_database_that_starts_late()
    {
        using var folder = new ScratchFolder();
        var made = await PrivateCluster.StartAsync(folder.Path);
        await made.DisposeAsync();

        var log = new LogLines();
        var opening = OpenAsync(made.ConnectionString, wait: TimeSpan.FromSeconds(60), log: log);
        await Machine.UntilAsync(() => log.Lines.Any(line => line.StartsWith("Waiting for the database", StringComparison.Ordinal)), "it waits");
        opening.IsCompleted.ShouldBeFalse();

        await using var cluster = await PrivateCluster.StartAsync(folder.Path);
        await using var database = await opening;
        (await ScalarAsync(database, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_database_that_stays_unreachable_is_refused_in_a_sentence()
    {
        var port = Machine.FreePort();
        var refusal = await RefusalAsync($"Host=127.0.0.1;Port={port};Username=u;Password={Secret};Database=d", wait: TimeSpan.FromSeconds(1));
        refusal.ShouldContain($"Cannot use the database 'd' on 127.0.0.1:{port} (Connection refused; tried for 1 s)");
    }

    [Fact]
    public async Task A_server_name_that_nobody_knows_is_refused_in_a_sentence()
    {
        var refusal = await RefusalAsync($"Host=no-such-host.invalid;Username=u;Password={Secret}", wait: TimeSpan.Zero);
        refusal.ShouldContain("Cannot use the database 'u' on no-such-host.invalid:5432");
    }

    [Fact]
    public async Task A_wrong_password_is_refused_at_once_in_a_sentence()
    {
        var wrong = new NpgsqlConnectionStringBuilder(one.ConnectionString) { Password = Secret };
        (await RefusalAsync(wrong.ConnectionString)).ShouldContain("refuses the user or the password");
    }

    [Fact]
    public async Task A_missing_database_is_refused_at_once_in_a_sentence()
    {
        var missing = new NpgsqlConnectionStringBuilder(one.ConnectionString) { Database = "nowhere" };
        (await RefusalAsync(missing.ConnectionString)).ShouldContain("Not found: the database 'nowhere'");
    }

    [Theory]
    [InlineData("Host=h;Password=ab;" + Secret + "=x")]
    [InlineData("Host=h;Password='" + Secret)]
    [InlineData("Host=h;Port=" + Secret)]
    [InlineData("postgres://user:" + Secret + "@h/db?sslmode=require")]
    [InlineData("Username=u;Password=" + Secret)]
    public async Task A_malformed_connection_string_is_refused_in_a_sentence(string malformed) =>
        (await RefusalAsync(malformed)).ShouldStartWith("ConnectionStrings:LeadScoring ");

    [Fact]
    public async Task A_read_only_standby_is_refused_in_a_sentence()
    {
        using var folder = new ScratchFolder();
        await (await PrivateCluster.StartAsync(folder.Path)).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.Data, "standby.signal"), string.Empty);
        await using var standby = await PrivateCluster.StartAsync(folder.Path);
        (await RefusalAsync(standby.ConnectionString, wait: TimeSpan.Zero)).ShouldContain("it is a read-only standby");
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(9, true)]
    [InlineData(15, false)]
    [InlineData(18, false)]
    public void A_server_that_is_too_old_is_refused_in_a_sentence(int major, bool refused)
    {
        var check = () => ServerVersion.Check(major, "The server of the database 'd' on h:5432");
        if (refused)
        {
            Should.Throw<StartupRefusal>(check).Message.ShouldBe(
                $"The server of the database 'd' on h:5432 is PostgreSQL {major}, but LeadScoring needs 15 or newer: upgrade it or use another server.");
        }
        else
        {
            Should.NotThrow(check);
        }
    }

    private static async Task<string> RefusalAsync(string connectionString, TimeSpan? wait = null)
    {
        var log = new LogLines();
        var refusal = await Should.ThrowAsync<StartupRefusal>(() => OpenAsync(connectionString, wait: wait, log: log));
        refusal.ToString().ShouldNotContain(Secret);
        refusal.Message.ShouldNotContain("\n");
        log.Lines.ShouldAllBe(line => !line.Contains(Secret, StringComparison.Ordinal));
        return refusal.Message;
    }

    private static Task<Database> OpenAsync(string connectionString, TimeSpan? wait = null, ILoggerFactory? log = null) =>
        Database.OpenAsync(
            new DatabaseOptions(connectionString) { Wait = wait ?? TimeSpan.FromSeconds(30) }, log ?? NullLoggerFactory.Instance, CancellationToken.None);

    private static async Task<object?> ScalarAsync(Database database, string sql)
    {
        await using var command = database.Source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public sealed class OneCluster : IAsyncLifetime, IDisposable
    {
        private readonly ScratchFolder folder = new();
        private PrivateCluster? cluster;

        public string ConnectionString => cluster!.ConnectionString;

        public async Task InitializeAsync() => cluster = await PrivateCluster.StartAsync(folder.Path);

        public Task DisposeAsync() => cluster!.DisposeAsync().AsTask();

        public void Dispose() => folder.Dispose();
    }

    private sealed class LogLines : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
