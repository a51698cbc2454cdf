using System.Globalization;
using System.Text.RegularExpressions;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Spectre.Console;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>The whole play against the real service.</summary>
public sealed partial class PlayedDemoTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    /// <summary>Requests the end of a run may cut off after the service took them and before it was counted here.</summary>
    private const int CutOffMax = 8 * ProspectStream.BatchSizeMax * 2;

    [Fact]
    public async Task Prospects_become_accepted_leads_and_a_second_run_leaves_their_past_alone()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString, WebhookApi.Local);
        var key = (await app.MakeKeyAsync()).Key;

        const string somebodyIsAccepted = "select exists (select from mt_events where type = 'sales_accepted')";
        var first = await PlayAsync(app.Url, key, duration: null, until: somebodyIsAccepted);

        first.Rejected.ShouldBe(0);
        first.Posted.ShouldBe(first.Recorded + first.Duplicates);
        first.Duplicates.ShouldBeGreaterThan(50);
        var inTheLog = await database.ScalarAsync<long>("select count(*) from mt_events where type = 'engagement_recorded'");
        (inTheLog - first.Recorded).ShouldBeInRange(0, CutOffMax);
        (await database.ScalarAsync<long>("select count(*) from mt_events where type = 'identity_conflict_found'")).ShouldBe(0);
        (await database.ScalarAsync<bool>(somebodyIsAccepted)).ShouldBeTrue();

        var second = await PlayAsync(app.Url, key, duration: TimeSpan.FromSeconds(3), until: null);

        second.Posted.ShouldBeInRange(1, 500);
        second.Rejected.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_the_service_does_not_know_ends_the_play_before_it_begins()
    {
        await using var app = await RunningApp.ListenAsync(database.ConnectionString);

        var refused = await Should.ThrowAsync<Refusal>(() => PlayAsync(app.Url, "ls_0000000000000000_wrong", duration: null, until: null));

        refused.Message.ShouldBe("The service does not know this API key.");
    }

    /// <param name="until">A question to the database; when it is true somebody presses Ctrl-C.</param>
    /// <returns>What the summary says.</returns>
    private async Task<PostCounts> PlayAsync(Uri service, string key, TimeSpan? duration, string? until)
    {
        using var text = new SharedText();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        using var ctrlC = new CancellationTokenSource();
        var options = new DemoOptions(service, key, Seed: 42, duration, Rate: 20, new OfficeOptions(Port: 0, HandoffsFrom.Webhook), ShowKey: false);

        using var api = new LeadScoringApi(service, key);
        var play = new DemoRun(options, api, console).PlayAsync(ctrlC.Token);
        if (until is not null)
        {
            await Task.WhenAny(play, database.UntilAsync(until));
        }
        else
        {
            await Task.WhenAny(play, MigratedDatabase.UntilAsync(() => Task.FromResult(DeskStays().IsMatch(text.ToString())), "the stream is through"));
            if (!play.IsFaulted)
            {
                using var browser = new HttpClient();
                (await browser.GetStringAsync(DeskStays().Match(text.ToString()).Groups["desk"].Value)).ShouldContain("Sales' desk");
                play.IsCompleted.ShouldBeFalse();
            }
        }

        await ctrlC.CancelAsync();
        await play;
        var said = Summary().Match(text.ToString());
        said.Success.ShouldBeTrue(text.ToString());
        return new(Number("posted"), Number("recorded"), Number("duplicates"), Number("late"), Number("rejected"));

        long Number(string group) => long.Parse(said.Groups[group].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"^Played seed 42 for [0-9:]+: posted (?<posted>[0-9,]+), recorded (?<recorded>[0-9,]+), "
        + "duplicates (?<duplicates>[0-9,]+), late (?<late>[0-9,]+), rejected (?<rejected>[0-9,]+),",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Summary();

    [GeneratedRegex("^Sales' desk stays at (?<desk>http[^ ]+) until Ctrl-C", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex DeskStays();

    /// <summary>Read while it is written.</summary>
    private sealed class SharedText : StringWriter
    {
        private readonly Lock _gate = new();

        public override void Write(char value)
        {
            lock (_gate) base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_gate) base.Write(buffer, index, count);
        }

        public override void Write(string? value)
        {
            lock (_gate) base.Write(value);
        }

        public override string ToString()
        {
            lock (_gate) return base.ToString();
        }
    }
}
