using LeadScoring.Benchmarks.Idiomatic;
using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.IntegrationTests.Setup;
using Npgsql;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>
/// The same figures of this build and of another one, on one machine, in one cluster, from one generator, in turns: whatever else the
/// machine does meets both.
/// </summary>
internal static class CompareRun
{
    private static readonly (Stage Stage, Func<Rounds, Task> Run)[] Stages =
    [
        (Stage.Live, LiveFigures.RunAsync),
        (Stage.Log, LogFigures.RunAsync),
        (Stage.List, ListFigures.RunAsync),
        (Stage.Idle, IdleFigures.RunAsync),
    ];

    /// <exception cref="Host.StartupRefusal">Something does not start, or a command of a build fails.</exception>
    /// <exception cref="BenchmarkFailure">Something was answered or stored wrongly; nothing is reported.</exception>
    public static async Task RunAsync(CompareOptions options, CancellationToken ct)
    {
        ServiceBuild[] builds = options.Against switch
        {
            null => [ServiceBuild.This],
            IdiomaticPosts.Verb => [ServiceBuild.This, ServiceBuild.Idiomatic],
            { } checkout => [ServiceBuild.This, ServiceBuild.In(new(checkout))],
        };
        using var folder = new TemporaryFolder(options.Folder);
        Console.WriteLine($"Starting PostgreSQL in {folder.Path} ...");
        await using var cluster = await RoomyCluster.StartAsync(folder.Path, ct);
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString);
        var machine = await Machine.ReadAsync(cluster.Folder, database, ct);
        var measured = new List<FigureRound>();
        foreach (var (stage, run) in Stages)
        {
            if (Figure.All.Any(f => f.Stage == stage && options.Wants(f.Name))) await RunAsync(stage, run, builds, cluster, options, measured, ct);
        }

        var report = new CompareReport(
            DateTimeOffset.UtcNow, options.Repetitions, options.Seconds, machine, builds.Length > 1 ? $"{builds[1].Name} {await builds[1].CommitAsync(ct)}" : null,
            FigureSummary.Of(measured, builds), measured);
        CompareTable.Print(report, builds);
        if (options.JsonFile is { } file) await StudyTables.WriteAsync(report, file, ct);
    }

    private static async Task RunAsync(
        Stage stage, Func<Rounds, Task> run, ServiceBuild[] builds, PrivateCluster cluster, CompareOptions options, List<FigureRound> measured, CancellationToken ct)
    {
        Console.WriteLine($"{stage}: starting {string.Join(" and ", builds.Select(b => b.Name))} ...");
        var contenders = new List<Contender>();
        try
        {
            foreach (var build in builds) contenders.Add(await Contender.StartAsync(build, stage, cluster, ct));
            await run(new(options, contenders, measured, ct));
        }
        catch (Exception failure) when (failure is BenchmarkFailure or NpgsqlException)
        {
            throw new BenchmarkFailure(
                string.Join('\n', [failure.Message, .. contenders.Select(c => $"The last lines of {c.Name}:\n{c.Service.Output}")]));
        }
        finally
        {
            foreach (var contender in contenders) await contender.DisposeAsync();
        }
    }
}
