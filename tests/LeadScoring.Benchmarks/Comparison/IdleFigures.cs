using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>What a service takes that is asked nothing: started on a database with some leads, alone in the cluster, and left alone for a while.</summary>
internal static class IdleFigures
{
    private const int Seed = 20260104;

    /// <summary>They take minutes, and differ little.</summary>
    private const int RoundsMax = 3;

    public static async Task RunAsync(Rounds rounds)
    {
        var (settle, ct) = (TimeSpan.FromSeconds(rounds.Options.SettleSeconds), rounds.Stop);
        var traffic = new EngagementTraffic(Seed);
        foreach (var contender in rounds.Contenders)
        {
            await PostedHistory.PostAsync(contender.Service, traffic, engagementsEach: 1, contender.Posted, ct);
            await contender.SettleAsync(ct);
            await contender.StopAsync();
        }

        await rounds.MeasureAsync(Figure.Idle, MeasureAsync, RoundsMax);

        async Task MeasureAsync(Contender contender, int round)
        {
            await contender.StartAgainAsync(ct);
            await Task.Delay(settle, ct);
            var window = settle / 2;
            var before = await contender.Meter.ReadAsync(ct);
            await Task.Delay(window, ct);
            var used = await contender.Meter.ReadAsync(ct) - before;
            rounds.Note(new(Figure.IdleMemory, contender.Name, round, contender.Meter.ServiceMegabytes()));
            rounds.Note(new(Figure.IdleService, contender.Name, round, 100 * used.ServiceSeconds / window.TotalSeconds));
            rounds.Note(new(Figure.IdleDatabase, contender.Name, round, 100 * used.DatabaseSeconds / window.TotalSeconds));
            await contender.StopAsync();
        }
    }
}
