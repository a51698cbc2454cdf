using LeadScoring.Contracts;
using SampleCrm.Api;
using SampleCrm.Handoffs;
using SampleCrm.Sales;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SampleCrm.Demo;

/// <param name="Duration">Null: until stopped.</param>
/// <param name="Rate">New engagements per second in the live part.</param>
/// <param name="ShowKey">On the terminal, so that whoever watches can try the API with it; never in plain lines.</param>
public sealed record DemoOptions(Uri Url, string Key, int Seed, TimeSpan? Duration, double Rate, OfficeOptions Office, bool ShowKey);

/// <summary>The whole play: producers, marketing, sales, and a screen that shows how the leads fare.</summary>
public static class DemoRun
{
    private const int WavesMax = 1_000;
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
        await using var office = await SalesOffice.OpenAsync(
            api,
            options.Office,
            new HandoffReception(new HandoffInbox()),
            inbox => new SalesDesk(inbox, api, new SalesPersonality(options.Seed), pace: 1, clock)
            {
                HandoffTaken = board.Qualified,
                Moved = deed => board.SalesSaid(deed.Lead.LeadId, deed.Move.Says),
            },
            clock,
            stop);
        board.Handoffs = office.Reception.View;
        var places = new Places(options.Url, office.Url, options.ShowKey ? options.Key : null);
        var started = clock.GetTimestamp();
        if (!IsTerminal(console)) console.Profile.Out.Writer.WriteLine(LiveScreen.Line(places));

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (options.Duration is { } duration) ending.CancelAfter(duration);
        await Together.RunAsync(
            ending,
            PostAsync(options, api, board, clock, ending.Token),
            new MarketingReview(api, options.Seed, clock).WorkAsync(ending.Token),
            office.WorkAsync(ending.Token),
            new StageCensus(api, board, clock).WorkAsync(ending.Token),
            ShowAsync(console, Frame, () => LiveScreen.Line(board.View(), Running()), clock, ending.Token));

        if (IsTerminal(console)) console.Write(new Rows(Frame(console.Profile.Width, console.Profile.Height), Text.Empty));
        console.Profile.Out.Writer.WriteLine(LiveScreen.Summary(board.View(), options.Seed, Running(), api.Retries));

        TimeSpan Running() => clock.GetElapsedTime(started);
        IRenderable Frame(int width, int height) => LiveScreen.Frame(board.View(), places, options.Seed, Running(), width, height);
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

    private static Task ShowAsync(
        IAnsiConsole console, Func<int, int, IRenderable> frame, Func<string> line, TimeProvider clock, CancellationToken stop) =>
        IsTerminal(console) ? DrawAsync(console, frame, clock, stop) : PrintAsync(console, line, clock, stop);

    /// <summary>Where it may be read from does not matter: nothing is asked, and a script's background has no input.</summary>
    private static bool IsTerminal(IAnsiConsole console) => console.Profile is { Capabilities.Ansi: true, Out.IsTerminal: true };

    private static async Task PrintAsync(IAnsiConsole console, Func<string> line, TimeProvider clock, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(LinePause, clock, stop);
            await console.Profile.Out.Writer.WriteLineAsync(line());
        }
    }

    /// <summary>Draws on the terminal's second screen, so that what stood there before comes back afterwards.</summary>
    private static async Task DrawAsync(
        IAnsiConsole console, Func<int, int, IRenderable> frame, TimeProvider clock, CancellationToken stop)
    {
        console.Write(new ControlCode("\e[?1049h\e[H"));
        try
        {
            while (!stop.IsCancellationRequested)
            {
                // A live display pads to the widest frame it ever drew, and a terminal that shrank would wrap those lines.
                var size = (Width: console.Profile.Width, Height: console.Profile.Height);
                console.Clear(home: true);
                var display = console.Live(Text.Empty).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom);
                await display.StartAsync(async live =>
                {
                    while (size == (console.Profile.Width, console.Profile.Height))
                    {
                        live.UpdateTarget(frame(size.Width, size.Height));
                        await Task.Delay(FramePause, clock, stop);
                    }
                });
            }
        }
        finally
        {
            console.Write(new ControlCode("\e[?1049l"));
        }
    }
}

public sealed class SeedUsedUp(int seed)
    : Exception($"Everybody of seed {seed} is known to this service already; choose another with --seed.");
