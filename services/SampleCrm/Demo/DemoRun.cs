using Spectre.Console;

namespace SampleCrm;

/// <param name="Duration">Of the stream; null: until stopped.</param>
/// <param name="ShowKey">On the terminal, so that whoever watches can try the API with it; never in plain lines.</param>
public sealed record DemoOptions(Uri Url, string Key, int Seed, TimeSpan? Duration, double Rate, OfficeOptions Office, bool ShowKey);

/// <summary>The whole play: producers, marketing, sales, and a screen that shows how the leads fare.</summary>
public sealed class DemoRun(DemoOptions options, LeadScoringApi api, IAnsiConsole console)
{
    private const int WavesMax = 1_000, CountedPagesMax = 10;
    private static readonly TimeSpan FramePause = TimeSpan.FromMilliseconds(500), CountPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(5);
    private readonly TimeProvider clock = TimeProvider.System;
    private readonly long started = TimeProvider.System.GetTimestamp();
    private readonly Scoreboard board = new();
    private TimeSpan Running => clock.GetElapsedTime(started);

    /// <summary>Plays until the duration is over; then sales goes on until somebody stops it.</summary>
    /// <exception cref="Refusal">The service is not there or refuses the key, or the desk's page, broker or database cannot be used.</exception>
    public async Task PlayAsync(CancellationToken stop)
    {
        (await api.GetAsync<ScoringModelView>("v1/scoring-model", stop)).OrThrow();
        var desk = new SalesDesk(api, new SalesPersonality(options.Seed), pace: 1, clock)
        {
            HandoffTaken = board.Qualify, Moved = deed => board.SalesSaid(deed.Lead.Id, deed.Move.Says),
        };
        await using var office = await SalesOffice.OpenAsync(api, options.Office, desk, stop);
        var screen = new LiveScreen(board, office.Reception, options.Seed, options.Url, office.Url, options.ShowKey ? options.Key : null);
        var sales = office.WorkAsync(stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (options.Duration is { } duration) ending.CancelAfter(duration);
        var review = new MarketingReview(api, options.Seed, clock);
        var playing = ending.Token;
        await SalesOffice.UntilOneEndsAsync(
            ending, PostAsync(playing), review.WorkAsync(playing), CountAsync(playing), ShowAsync(screen, playing), sales.WaitAsync(playing));
        await console.Profile.Out.Writer.WriteLineAsync(screen.Summary(Running, api.Retries));
        if (!stop.IsCancellationRequested) await console.Profile.Out.Writer.WriteLineAsync($"Sales' desk stays at {office.Url} until Ctrl-C.");
        await sales;
    }

    private async Task PostAsync(CancellationToken stop)
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
                var answer = await api.SendAsync<LeadView>(HttpMethod.Post, "v1/leads/lookup", new LeadLookup(AnonymousId: person.AnonymousId), stop);
                if (answer.Status != 404 && answer.OrThrow() is not null) return true;
            }

            return false;
        }
    }

    /// <summary>Counts leads by stage from the lead lists, as far as a bounded number of pages reaches.</summary>
    private async Task CountAsync(CancellationToken stop)
    {
        for (; ; await Task.Delay(CountPause, clock, stop))
        {
            var counts = new List<StageCount>();
            foreach (var stage in Enum.GetValues<Stage>())
            {
                var answer = await api.LeadsAsync($"stage={stage.InSnakeCase()}", CountedPagesMax, stop);
                if (!answer.WorthRepeating) counts.Add(new(stage, answer.OrThrow().Leads.Count, AtLeast: answer.Value!.NextCursor is not null));
            }

            board.Stages = counts;
        }
    }

    /// <summary>On a terminal's second screen, so that what stood there before comes back afterwards; or else line by line.</summary>
    private async Task ShowAsync(LiveScreen screen, CancellationToken stop)
    {
        // Where it may be read from does not matter: nothing is asked, and a script's background has no input.
        var isTerminal = console.Profile is { Capabilities.Ansi: true, Out.IsTerminal: true };
        for (var line = screen.Head(); !isTerminal; line = screen.LogLine(Running))
        {
            await console.Profile.Out.Writer.WriteLineAsync(line);
            await Task.Delay(LinePause, clock, stop);
        }

        console.Write(new ControlCode("\e[?1049h"));
        try
        {
            for (; ; await Task.Delay(FramePause, clock, stop))
            {
                console.Write(new ControlCode("\e[H"));
                console.Write(screen.Frame(Running, console.Profile.Width, console.Profile.Height));
                console.Write(new ControlCode("\e[J"));
            }
        }
        finally
        {
            console.Write(new ControlCode("\e[?1049l"));
            console.Write(screen.Frame(Running, console.Profile.Width, console.Profile.Height));
        }
    }
}
