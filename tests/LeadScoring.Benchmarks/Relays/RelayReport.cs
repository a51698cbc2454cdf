using LeadScoring.Benchmarks.Reporting;
using Spectre.Console;

namespace LeadScoring.Benchmarks.Relays;

/// <summary>The relay beside the raw publisher, one after the other.</summary>
/// <param name="RawPerSecond">R, messages/s.</param>
/// <param name="PerSecond">Events/s, from the commit of the feed's events to the stored position behind the last.</param>
internal sealed record RelayRound(int Repetition, double RawPerSecond, double PerSecond)
{
    public double Share => PerSecond / RawPerSecond;
}

/// <summary>Everything the study found.</summary>
internal sealed record RelayReport(
    DateTimeOffset At, int Events, int Leads, int Window, int BodyBytes, string Queue, string RabbitMq, Machine Machine, IReadOnlyList<RelayRound> Rounds)
{
    public void Print()
    {
        Console.WriteLine();
        var table = StudyTables.Make("relay to RabbitMQ", "raw/s (R)", "relay/s", "min", "max", "of R", "min", "max", "target");
        var share = Median.Of(Rounds.Select(r => r.Share));
        table.AddRow(
            $"{Queue} queue, window {Window}",
            $"{Median.Of(Rounds.Select(r => r.RawPerSecond)):N0}",
            $"{Median.Of(Rounds.Select(r => r.PerSecond)):N0}", $"{Rounds.Min(r => r.PerSecond):N0}", $"{Rounds.Max(r => r.PerSecond):N0}",
            $"{share:0.00}", $"{Rounds.Min(r => r.Share):0.00}", $"{Rounds.Max(r => r.Share):0.00}", StudyTables.Mark(share, RelayOptions.ShareTarget));
        AnsiConsole.Write(table);
        Console.WriteLine($"{Events:N0} events of {Leads:N0} leads, {BodyBytes:N0} bytes each, RabbitMQ {RabbitMq} on this machine. After each round the queue held every event once.");
        StudyTables.PrintMachine(Machine, At, $"{Rounds.Count} repetitions", others: null);
    }
}
