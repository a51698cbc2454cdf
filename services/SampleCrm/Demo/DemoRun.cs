using LeadScoring.Contracts;
using SampleCrm.Api;
using SampleCrm.Sales;
using Spectre.Console;

namespace SampleCrm.Demo;

/// <param name="Duration">Null: until stopped.</param>
/// <param name="Rate">New engagements per second in the live part.</param>
/// <param name="DeskPort">0 takes any free port.</param>
public sealed record DemoOptions(Uri Url, string Key, int Seed, TimeSpan? Duration, double Rate, int DeskPort);

/// <summary>The whole play: producers, marketing, sales, and a screen that shows how the leads fare.</summary>
public static class DemoRun
{
    private const int WavesMax = 1_000;
    private const int PlainWidth = 120;
    private static readonly TimeSpan FramePause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(5);

    /// <summary>Plays until the duration is over or somebody stops it; both end well.</summary>
    /// <exception cref="ServiceRefused">The service is not there or refuses the key.</exception>
    /// <exception cref="PortTaken">Of the desk's page.</exception>
    /// <exception cref="SeedUsedUp">Too many runs of this seed went before.</exception>
    public static async Task RunAsync(DemoOptions options, IAnsiConsole console, TimeProvider clock, CancellationToken stop)
    {
        using var api = new LeadScoringApi(options.Url, options.Key);
        (await api.ScoringModelAsync(stop)).OrThrow();

        var board = new Scoreboard();
        var watch = new QualifiedWatch(api, board);
        var desk = new SalesDesk(api, new SalesPersonality(options.Seed), pace: 1, clock)
        {
            HandoffTaken = watch.HandoffTaken,
            Moved = deed => board.SalesSaid(deed.Lead.LeadId, deed.Move.Says),
        };
        await using var web = await DeskWeb.StartAsync(desk, options.DeskPort, clock, stop);
        var places = new Places(options.Url, web.Url);
        var started = clock.GetTimestamp();

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (options.Duration is { } duration) ending.CancelAfter(duration);
        await TogetherAsync(
            ending,
            PostAsync(options, api, board, clock, ending.Token),
            new MarketingReview(api, options.Seed, clock).WorkAsync(ending.Token),
            desk.WorkAsync(ending.Token),
            watch.WorkAsync(ending.Token),
            new StageCensus(api, board, clock).WorkAsync(ending.Token),
            ShowAsync(console, board, places, options.Seed, () => clock.GetElapsedTime(started), clock, ending.Token));

        console.Profile.Out.Writer.WriteLine(LiveScreen.Summary(board.View(), options.Seed, clock.GetElapsedTime(started), api.Retries));
    }

    private static async Task PostAsync(
        DemoOptions options, LeadScoringApi api, Scoreboard board, TimeProvider clock, CancellationToken stop)
    {
        var wave = await FirstUnplayedWaveAsync(options.Seed, api, stop);
        var stream = new ProspectStream(options.Seed, clock.GetUtcNow(), wave);
        var producers = new Producers(api, board, clock);
        await producers.PostBacklogAsync(stream.Backlog(), stop);
        await producers.PostLiveAsync(stream, options.Rate, stop);
    }

    /// <summary>An earlier run's people are left in peace: telling their last 60 days again would count them twice.</summary>
    private static async Task<int> FirstUnplayedWaveAsync(int seed, LeadScoringApi api, CancellationToken stop)
    {
        for (var wave = 0; wave < WavesMax; wave++)
        {
            if (!await IsPlayedAsync(wave)) return wave;
        }

        throw new SeedUsedUp(seed);

        async Task<bool> IsPlayedAsync(int wave)
        {
            foreach (var person in ProspectStream.FirstOf(seed, wave))
            {
                var answer = await api.LookUpAsync(new LeadLookup(AnonymousId: person.AnonymousId), stop);
                if (answer.Status != 404 && answer.OrThrow() is not null) return true;
            }

            return false;
        }
    }

    /// <summary>Everything runs until one ends: it failed, or all are told to stop.</summary>
    private static async Task TogetherAsync(CancellationTokenSource ending, params Task[] parts)
    {
        await Task.WhenAny(parts);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (!parts.Any(part => part.IsFaulted))
        {
            // Being told to stop is how a demo ends.
        }
    }

    private static async Task ShowAsync(
        IAnsiConsole console, Scoreboard board, Places places, int seed, Func<TimeSpan> running, TimeProvider clock, CancellationToken stop)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Out.IsTerminal)
        {
            await console.Profile.Out.Writer.WriteLineAsync($"Try the API: {places.Swagger}  Leads list: {places.SalesQueue}  Sales' desk: {places.Desk}");
            while (true)
            {
                await Task.Delay(LinePause, clock, stop);
                await console.Profile.Out.Writer.WriteLineAsync(LiveScreen.Line(board.View(), running()));
            }
        }

        await console.Live(Text.Empty).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom).StartAsync(async live =>
        {
            while (true)
            {
                live.UpdateTarget(LiveScreen.Frame(
                    board.View(), places, seed, running(), console.Profile.Width, console.Profile.Height));
                await Task.Delay(FramePause, clock, stop);
            }
        });
    }
}

public sealed class SeedUsedUp(int seed) : Exception($"Everybody of seed {seed} is known to this service already; choose another with --seed.");
