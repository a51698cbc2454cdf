using System.CommandLine;
using System.Diagnostics;
using LeadScoring.Benchmarks.Comparison;
using LeadScoring.Benchmarks.Reading;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks;

/// <summary>The command line.</summary>
internal static class BenchmarkCommand
{
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
        var command = new RootCommand("Measures the service on a PostgreSQL of its own, everything on this machine.");
        command.Subcommands.Add(CompareCommand.Build());
        command.Subcommands.Add(StudyCommands.BuildGrowth());
        command.Subcommands.Add(ReadJsonStudy.Build());
        command.Subcommands.Add(StudyCommands.BuildRelay());
        command.Subcommands.Add(StudyCommands.BuildRescore());
        command.Subcommands.Add(StudyCommands.BuildShadow());
        command.Subcommands.Add(StudyCommands.BuildSoak());
        command.Subcommands.Add(StudyCommands.BuildWebhooks());
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

    internal static void RefuseDebugBuild()
    {
        var host = typeof(StartupRefusal).Assembly;
        if (host.GetCustomAttributes(typeof(DebuggableAttribute), inherit: false) is [DebuggableAttribute { IsJITOptimizerDisabled: true }])
        {
            throw new StartupRefusal("This is a Debug build, whose figures mean nothing: run it with -c Release.");
        }
    }
}
