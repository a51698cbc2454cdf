using System.CommandLine;
using System.CommandLine.Invocation;
using LeadScoring.Host.Storage;
using Marten.Exceptions;
using Npgsql;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>The program's commands. Without one it serves.</summary>
public static class CommandLine
{
    /// <summary>It began and could not go on: unlike 1 it says nothing of what was asked.</summary>
    internal const int ExitCodeInterrupted = 3;

    /// <summary>The operator ended a command before it was done: what shells report for Ctrl-C.</summary>
    private const int ExitCodeStopped = 130;

    /// <returns>The exit code: 0 done, 1 done but something is wrong or failed, 2 cannot start as things are, 3 interrupted, 130 stopped.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        try
        {
            // The commands listen to signals themselves: a shutdown takes as long as it takes to drain the queue.
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error,
            };
            return await Build().Parse(args).InvokeAsync(invocation);
        }
        catch (StartupRefusal refusal)
        {
            await error.WriteLineAsync(refusal.Message);
            return StartupRefusal.ExitCode;
        }
        catch (Exception e) when (e is NpgsqlException or MartenException && StoreFailures.IsUnavailable(e))
        {
            var reason = e is MartenException ? e.InnerException!.Message : e.Message; // Marten's own holds the whole statement.
            await error.WriteLineAsync($"The database went away ({reason.TrimEnd('.')}). Run the command again when it is back.");
            return ExitCodeInterrupted;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Stopped.");
            return ExitCodeStopped;
        }
    }

    private static RootCommand Build()
    {
        var serve = ServeCommand.Build();
        var root = new RootCommand("LeadScoring: scores leads, hands them to sales, and can say why.")
        {
            SettingsOption.Set, serve, RebuildCommands.BuildRebuild(), RebuildCommands.BuildVerify(),
            KeysCommand.Build(), OpenApiCommand.Build(), BacktestCommand.Build(),
            SuggestCommand.Build(), DemoYearCommand.Build(),
        };
        foreach (var command in MartenCommands.Build()) root.Add(command);
        root.Add(ServeCommand.Urls);
        root.Action = serve.Action;
        return root;
    }
}
