using System.Diagnostics;
using Spectre.Console;

namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>Shows work while it goes on: a bar on a terminal, a line now and then anywhere else.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan BarPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(5);

    public static async Task<T> RunAsync<T>(TextWriter output, string title, WorkProgress progress, Task<T> work)
    {
        var started = Stopwatch.GetTimestamp();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal)
        {
            await console.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(context => FillAsync(context.AddTask(title), title, progress, started, work));
        }
        else
        {
            while (await Task.WhenAny(work, Task.Delay(LinePause)) != work)
            {
                await output.WriteLineAsync($"{title}: {Line(progress, started)}{Left(progress, started)}");
            }

            await output.WriteLineAsync($"{title}: {Line(progress, started)}");
        }

        return await work;
    }

    private static async Task FillAsync(ProgressTask bar, string title, WorkProgress progress, long started, Task work)
    {
        do
        {
            await Task.WhenAny(work, Task.Delay(BarPause));
            var (done, total) = progress.EventsTotal > 0
                ? (progress.Events, progress.EventsTotal)
                : (progress.Leads, progress.LeadsTotal);
            bar.MaxValue = Math.Max(1, Math.Max(total, done));
            bar.Value = work.IsCompleted ? bar.MaxValue : done;
            bar.Description = $"{title} {Line(progress, started)}";
        }
        while (!work.IsCompleted);
    }

    private static string Line(WorkProgress progress, long started)
    {
        var seconds = Math.Max(0.001, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return $"{progress.Leads:N0} of {progress.LeadsTotal:N0} leads ({progress.Leads / seconds:N0}/s), "
            + $"{progress.Events:N0} events ({progress.Events / seconds:N0}/s)";
    }

    private static string Left(WorkProgress progress, long started)
    {
        if (progress.Events == 0 || progress.EventsTotal <= progress.Events) return "";
        var secondsEach = Stopwatch.GetElapsedTime(started).TotalSeconds / progress.Events;
        return $", about {TimeSpan.FromSeconds(Math.Ceiling(secondsEach * (progress.EventsTotal - progress.Events)))} left";
    }
}
