using System.CommandLine;
using System.Globalization;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Access;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Http;
using LeadScoring.Host.Jobs;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>A job done by the command itself, beside a running service or without one. It is kept like those asked for over HTTP.</summary>
internal sealed class JobCommand(Database database, IDocumentStore documents, TextWriter output, CancellationToken stop)
{
    /// <summary>Work goes in pages; only counting takes longer with the size of the log.</summary>
    private static readonly TimeSpan StatementMax = TimeSpan.FromMinutes(10);

    /// <summary>Done, but there is no result.</summary>
    private const int ExitFailed = 1;

    private const string RequestedBy = "console";

    private readonly JobStore _jobs = new(documents, new(documents), TimeProvider.System);

    public static Option<string> Tenant { get; } = new("--tenant")
    {
        Description = "The tenant's id.", DefaultValueFactory = _ => FirstStart.TenantId,
    };

    public static Option<FileInfo?> Output { get; } = new("--output") { Description = "A file to write the whole result to, as JSON." };

    /// <summary>With it a report can be made again.</summary>
    public static Option<long?> UpTo { get; } = new("--up-to") { Description = "Last log position that is read; default: the end of the log." };

    public static Option<string?> Instant(string name, string description) => new(name) { Description = description, HelpName = "DATE" };

    public Database Database => database;

    public EventTypes Types { get; } = new();

    public IDocumentStore Documents => documents;

    public ModelStreams Models => field ??= new(documents, database.Source);

    /// <summary>Opens the database and acts.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<JobCommand, Task<int>> act)
    {
        using var stop = StopSignals.Listen();
        var settings = SettingsOption.ReadForAnswer(parsed);
        settings.TryAdd("Logging:LogLevel:Default", nameof(LogLevel.Warning));
        var builder = Composition.NewBuilder(settings);
        await using var database = await CommandDatabase.OpenMigratedAsync(
            builder, stop.Token, options => options with { StatementTimeout = StatementMax });
        await using var documents = MartenSetup.StoreOf(database.Source);
        return await act(new(database, documents, parsed.InvocationConfiguration.Output, stop.Token));
    }

    /// <exception cref="StartupRefusal">There is none of that id.</exception>
    public async Task<string> TenantAsync(ParseResult parsed)
    {
        var id = parsed.GetRequiredValue(Tenant);
        await using var registry = MartenSetup.RegistryOf(database.Source);
        _ = await new Tenants(registry, TimeProvider.System).FindAsync(id, stop)
            ?? throw new StartupRefusal($"There is no tenant '{id}': correct --tenant.");
        return id;
    }

    /// <summary>Runs it to its end, showing how far it is.</summary>
    /// <param name="prepare">Given who asks.</param>
    /// <param name="optionOf">What a member of the request is called on the command line.</param>
    /// <param name="show">Prints the result for people.</param>
    /// <exception cref="StartupRefusal">It is refused.</exception>
    public async Task<int> RunAsync(
        string title,
        JobKind kind,
        Func<string, CancellationToken, Task<(NewJob? Job, Refusal? Refusal)>> prepare,
        Func<string, string> optionOf,
        FileInfo? file,
        Func<string, Task> show)
    {
        if (file?.Directory is { Exists: false } folder) throw new StartupRefusal($"{Output.Name}: There is no folder '{folder.FullName}'.");
        var (wanted, refusal) = await prepare(RequestedBy, stop);
        if (wanted is null) throw new StartupRefusal(Sentence(refusal!, optionOf));

        var (id, startedAt, progress) = (Guid.CreateVersion7(), DateTimeOffset.UtcNow, new WorkProgress());
        try
        {
            var run = new JobRun(id, wanted.TenantId, wanted.ModelVersion, wanted.Parameters, progress, Pace.Full);
            var result = await ProgressDisplay.RunAsync(output, title, progress, Task.Run(() => kind.RunAsync(run, stop), CancellationToken.None));
            if (Encoding.UTF8.GetByteCount(result) > JobBounds.ResultBytesMax) throw new JobFailed(JobBounds.ResultTooLarge);
            await _jobs.KeepAsync(wanted, id, startedAt, new(progress.Events, progress.EventsTotal, progress.Leads, EventsPerSecond: 0, EtaSeconds: null), result, stop);
            await output.WriteLineAsync();
            await show(result);
            await output.WriteLineAsync($"Kept as {kind.Name} {id}.");
            if (file is not null) await WriteAsync(file, result);
            return 0;
        }
        catch (JobFailed e)
        {
            await output.WriteLineAsync($"It failed: {e.Message}");
            return ExitFailed;
        }
    }

    public Task WriteLineAsync(string line) => output.WriteLineAsync(line);

    /// <summary>A date means its beginning in UTC.</summary>
    /// <exception cref="StartupRefusal">It is no date.</exception>
    public static DateTimeOffset? Instant(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? at
            : throw new StartupRefusal($"{option.Name} is '{text}': give a date like 2026-03-01 or a time like 2026-03-01T12:00:00Z.");
    }

    private static async Task WriteAsync(FileInfo file, string result)
    {
        try
        {
            await File.WriteAllTextAsync(file.FullName, result, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupRefusal($"{Output.Name}: {e.Message}", e);
        }
    }

    private static string Sentence(Refusal refusal, Func<string, string> optionOf) => refusal.Errors is null
        ? refusal.Detail
        : string.Join(" ", refusal.Errors.Select(e => $"{optionOf(e.Key.TrimStart('$', '.'))}: {string.Join(' ', e.Value)}"));
}
