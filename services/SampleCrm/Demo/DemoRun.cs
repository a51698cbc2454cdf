using LeadScoring.Contracts;
using Spectre.Console;

namespace SampleCrm;

/// <param name="Duration">Of the stream; null: until stopped.</param>
/// <param name="Rate">New engagements per second in the live part.</param>
/// <param name="ShowKey">On the terminal, so that whoever watches can try the API with it; never in plain lines.</param>
public sealed record DemoOptions(Uri Url, string Key, int Seed, TimeSpan? Duration, double Rate, OfficeOptions Office, bool ShowKey);

/// <summary>The whole play: producers, marketing, sales, and a screen that shows how the leads fare.</summary>
public static class DemoRun
{
    private const int WavesMax = 1_000;
    private const int CountedPagesMax = 10;
    private static readonly TimeSpan FramePause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CountPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(5);

    /// <summary>Plays until the duration is over; then sales goes on until somebody stops it.</summary>
    /// <exception cref="Refusal">The service is not there or refuses the key, or the desk's page, broker or database cannot be used.</exception>
    public static async Task RunAsync(DemoOptions options, IAnsiConsole console, TimeProvider clock, CancellationToken stop)
    {
        using var api = new LeadScoringApi(options.Url, options.Key);
        (await api.GetAsync<ScoringModelView>("v1/scoring-model", stop)).OrThrow();
        var board = new Scoreboard();
        var desk = new SalesDesk(api, new SalesPersonality(options.Seed), pace: 1, clock)
        {
            HandoffTaken = board.Qualify,
            Moved = deed => board.SalesSaid(deed.Lead.Id, deed.Move.Says),
        };
        await using var office = await SalesOffice.OpenAsync(api, options.Office, desk, stop);
        var screen = new LiveScreen(board, () => office.Reception, options.Seed, options.Url, office.Url, options.ShowKey ? options.Key : null);
        var started = clock.GetTimestamp();
        var sales = office.WorkAsync(stop);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (options.Duration is { } duration) ending.CancelAfter(duration);
        await SalesOffice.UntilOneEndsAsync(
            ending,
            PostAsync(options, api, board, clock, ending.Token),
            new MarketingReview(api, options.Seed, clock).WorkAsync(ending.Token),
            CountAsync(api, board, clock, ending.Token),
            ShowAsync(console, screen, clock, started, ending.Token),
            sales.WaitAsync(ending.Token));
        console.Profile.Out.Writer.WriteLine(screen.Summary(clock.GetElapsedTime(started), api.Retries));
        if (!stop.IsCancellationRequested) console.Profile.Out.Writer.WriteLine($"Sales' desk stays at {office.Url} until Ctrl-C.");
        await sales;
    }

    private static async Task PostAsync(DemoOptions options, LeadScoringApi api, Scoreboard board, TimeProvider clock, CancellationToken stop)
    {
        // An earlier run's people are left in peace: telling their last 60 days again would count them twice.
        var wave = 0;
        while (await IsPlayedAsync())
        {
            if (++wave == WavesMax) throw new Refusal($"Everybody of seed {options.Seed} is known to this service already; choose another with --seed.");
        }

        await new Producers(api, board, clock).PostAsync(new ProspectStream(options.Seed, clock.GetUtcNow(), wave), options.Rate, stop);

        async Task<bool> IsPlayedAsync()
        {
            foreach (var person in ProspectStream.FirstOf(options.Seed, wave))
            {
                var lookup = new LeadLookup(AnonymousId: person.AnonymousId);
                var answer = await api.SendAsync<LeadView>(HttpMethod.Post, "v1/leads/lookup", lookup, stop);
                if (answer.Status != 404 && answer.OrThrow() is not null) return true;
            }

            return false;
        }
    }

    /// <summary>Counts leads by stage from the lead lists, as far as a bounded number of pages reaches.</summary>
    private static async Task CountAsync(LeadScoringApi api, Scoreboard board, TimeProvider clock, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var counts = new List<StageCount>();
            foreach (var stage in Enum.GetValues<Stage>())
            {
                var answer = await api.LeadsAsync($"stage={stage.InSnakeCase()}", CountedPagesMax, stop);
                if (!answer.WorthRepeating) counts.Add(new(stage, answer.OrThrow().Leads.Count, AtLeast: answer.Value!.NextCursor is not null));
            }

            board.Stages = counts;
            await Task.Delay(CountPause, clock, stop);
        }
    }

    /// <summary>On a terminal's second screen, so that what stood there before comes back afterwards; or else line by line.</summary>
    private static async Task ShowAsync(IAnsiConsole console, LiveScreen screen, TimeProvider clock, long started, CancellationToken stop)
    {
        // Where it may be read from does not matter: nothing is asked, and a script's background has no input.
        if (console.Profile is not { Capabilities.Ansi: true, Out.IsTerminal: true })
        {
            for (var line = screen.Head(); ; line = screen.LogLine(clock.GetElapsedTime(started)))
            {
                await console.Profile.Out.Writer.WriteLineAsync(line);
                await Task.Delay(LinePause, clock, stop);
            }
        }

        console.Write(new ControlCode("\e[?1049h"));
        try
        {
            while (!stop.IsCancellationRequested)
            {
                // A live display pads to the widest frame it ever drew, and a terminal that shrank would wrap those lines.
                var (width, height) = (console.Profile.Width, console.Profile.Height);
                console.Clear(home: true);
                await console.Live(Text.Empty).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom).StartAsync(async live =>
                {
                    while ((width, height) == (console.Profile.Width, console.Profile.Height))
                    {
                        live.UpdateTarget(screen.Frame(clock.GetElapsedTime(started), width, height));
                        await Task.Delay(FramePause, clock, stop);
                    }
                });
            }
        }
        finally
        {
            console.Write(new ControlCode("\e[?1049l"));
            console.Write(screen.Frame(clock.GetElapsedTime(started), console.Profile.Width, console.Profile.Height));
        }
    }
}
