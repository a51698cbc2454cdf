using System.CommandLine;
using System.Diagnostics;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks;

/// <summary>The command line.</summary>
internal static class BenchmarkCommand
{
    private const int RepetitionsMax = 100;
    private const int SecondsMax = 600;
    private const int ExitCodeFailed = 1;
    private const int ExitCodeStopped = 130;

    /// <returns>0 measured, 1 something answered or stored wrongly, 2 cannot start as things are, 130 stopped.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await Build().Parse(args).InvokeAsync(invocation);
        }
        catch (StartupRefusal refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return StartupRefusal.ExitCode;
        }
        catch (BenchmarkFailure failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return ExitCodeFailed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return ExitCodeStopped;
        }
    }

    private static RootCommand Build()
    {
        var only = new Option<string>("--only") { Description = $"Some of {string.Join(',', Catalog.Names)}; default: all.", DefaultValueFactory = _ => "" };
        var repetitions = Number("--repetitions", "How often each scenario is measured.", 5, RepetitionsMax);
        var seconds = Number("--seconds", "How long each measurement takes.", 5, SecondsMax);
        var json = new Option<FileInfo?>("--json") { Description = "The file to write all repetitions and the machine's facts to." };
        var folder = new Option<DirectoryInfo>("--folder")
        {
            Description = "An existing folder on the disk to measure.", DefaultValueFactory = _ => new(Path.GetTempPath()),
        };
        folder.AcceptExistingOnly();
        only.Validators.Add(result =>
        {
            foreach (var name in Names(result.GetValue(only)).Except(Catalog.Names)) result.AddError($"There is no scenario '{name}'.");
            var names = Names(result.GetValue(only));
            if (names.Any(n => n is Catalog.HalfPeak or Catalog.LiveLag or Catalog.FeedLag) && !names.Any(Peak.Of.Contains))
            {
                result.AddError($"{Catalog.HalfPeak}, {Catalog.LiveLag} and {Catalog.FeedLag} run at half of what {string.Join(" or ", Peak.Of)} finds: add one of these.");
            }
        });
        var command = new RootCommand("Measures the service on a PostgreSQL of its own, everything on this machine.") { only, repetitions, seconds, json, folder };
        command.Subcommands.Add(StudyCommands.BuildBacktest());
        command.Subcommands.Add(StudyCommands.BuildGrowth());
        command.Subcommands.Add(StudyCommands.BuildRebuild());
        command.Subcommands.Add(StudyCommands.BuildRelay());
        command.Subcommands.Add(StudyCommands.BuildRescore());
        command.Subcommands.Add(StudyCommands.BuildShadow());
        command.Subcommands.Add(StudyCommands.BuildSoak());
        command.Subcommands.Add(StudyCommands.BuildWebhooks());
        command.SetAction(async parsed =>
        {
            RefuseDebugBuild();
            using var stop = StopSignals.Listen();
            var options = new BenchmarkOptions(
                Names(parsed.GetValue(only)),
                parsed.GetValue(repetitions),
                parsed.GetValue(seconds),
                parsed.GetValue(json),
                parsed.GetRequiredValue(folder));
            await BenchmarkRun.RunAsync(options, stop.Token);
            return 0;
        });
        return command;
    }

    internal static Option<int> Number(string name, string description, int value, int max)
    {
        var option = new Option<int>(name) { Description = $"{description} 1 to {max}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValue(option) is var given && (given < 1 || given > max)) result.AddError($"{name} must be 1 to {max}.");
        });
        return option;
    }

    private static string[] Names(string? list) =>
        (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    internal static void RefuseDebugBuild()
    {
        var host = typeof(StartupRefusal).Assembly;
        if (host.GetCustomAttributes(typeof(DebuggableAttribute), inherit: false) is [DebuggableAttribute { IsJITOptimizerDisabled: true }])
        {
            throw new StartupRefusal("This is a Debug build, whose figures mean nothing: run it with -c Release.");
        }
    }
}
