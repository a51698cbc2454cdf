using System.Diagnostics;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Stack;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>A long log of more leads than a service keeps at hand: posts to it, its rebuild and, when it has grown further, a backtest over all of it.</summary>
internal static class LogFigures
{
    private const int Seed = 20260102;
    private const int FirstLead = 3_000_000;
    private const int Clients = 32;
    private const int BatchOf = 100;
    private const int BatchClients = 4;

    /// <summary>A lead's events that are no engagements: it is captured, and most are linked to one identity.</summary>
    private const int EventsOfCapture = 2;

    private static readonly TimeSpan CommandMax = TimeSpan.FromHours(2);

    public static async Task RunAsync(Rounds rounds)
    {
        var (options, ct) = (rounds.Options, rounds.Stop);
        var traffic = new EngagementTraffic(Seed, new EngagementNumbers(), FirstLead, options.LogLeads, templatesEach: 1);
        var (rebuilt, backtested) = (Engagements(options.LogEvents), Engagements(options.BacktestEvents));
        var goesOn = options.Wants(Figure.Backtest) || options.Wants(Figure.BesideBacktest);
        var histories = rounds.Contenders.ToDictionary(c => c, c => new PostedHistory(c.Service, c.Service.ApiKey, traffic, goesOn ? backtested : rebuilt, c.Posted));
        await PostAsync(rebuilt);
        await rounds.MeasureRatesAsync(
            [(Figure.Spread, c => Task.FromResult<IScenario>(EngagementPosts.Single(Figure.Spread, Clients, c.Service, traffic, c.Posted)))]);
        await rounds.MeasureAsync(Figure.Rebuild, async (c, round) =>
        {
            var events = await StoredEvents.CountAsync(c.Database, ct);
            var rebuild = await HostCommand.RunAsync(c.Build, c.ConnectionString, CommandMax, ct, "rebuild");
            rounds.Note(new(Figure.Rebuild, c.Name, round, events / rebuild.Seconds));
        });

        if (goesOn) await PostAsync(backtested);
        await rounds.MeasureAsync(Figure.Backtest, async (c, round) =>
        {
            var events = await StoredEvents.CountAsync(c.Database, ct);
            var startedAt = Stopwatch.GetTimestamp();
            await RepeatedBacktest.RunOnceAsync(c.Service, ct);
            rounds.Note(new(Figure.Backtest, c.Name, round, events / Stopwatch.GetElapsedTime(startedAt).TotalSeconds));
        });
        await rounds.MeasureAsync(Figure.BesideBacktest, async (c, round) =>
        {
            var alone = await rounds.MeasureLoadAsync(Figure.BesideBacktest, c, Batches, round);
            await using var busy = await RepeatedBacktest.StartAsync(c.Service);
            var beside = await rounds.MeasureLoadAsync(Figure.BesideBacktest, c, Batches, round);
            rounds.Note(new(Figure.BesideBacktest, c.Name, round, beside.PerSecond / alone.PerSecond));
        });
        foreach (var contender in rounds.Contenders) await contender.CheckAsync(ct);

        long Engagements(int events) => Math.Max(options.LogLeads, events - ((long)EventsOfCapture * options.LogLeads));

        Task<IScenario> Batches(Contender c) => Task.FromResult<IScenario>(EngagementPosts.Batches(BatchOf, BatchClients, c.Service, traffic, c.Posted));

        async Task PostAsync(long until)
        {
            foreach (var (contender, history) in histories)
            {
                Console.WriteLine($"  {contender.Name}: posting up to {until:N0} engagements of {options.LogLeads:N0} leads ...");
                await history.PostAsync(until, ct);
            }

            foreach (var contender in rounds.Contenders) await contender.SettleAsync(ct);
        }
    }
}
