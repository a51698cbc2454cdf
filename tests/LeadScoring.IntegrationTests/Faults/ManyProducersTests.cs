using System.Diagnostics;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>
/// Two hundred producers post the same engagements two or three times each, in orders of their own, to two instances, and nothing that
/// happens meanwhile may lose one, count one twice or move a score. How many is <c>LEADSCORING_FAULT_ENGAGEMENTS</c>, or what a test run
/// has time for; everything breaks as often with few as with many.
/// </summary>
[Collection(FaultCollection.Name)]
public sealed class ManyProducersTests(FaultCluster cluster, ITestOutputHelper output)
{
    private const int ProducerCount = 200;
    private const int EngagementsInATestRun = 8_000;
    private const int PeopleCount = 400;

    /// <summary>How often something is broken, and how far its round of posting has come by then.</summary>
    private const int Breaks = 5;
    private const double BreakAtShare = 0.25;

    /// <summary>So that an outage outlasts the service's patience within a test's time.</summary>
    private static readonly (string Name, string Value) ShortPatience = ("Writer__AnswerWithinMs", "2000");

    private static readonly TimeSpan OutageMax = TimeSpan.FromSeconds(30);

    private readonly Prospects _prospects =
        Prospects.Make(seed: 20_000, PeopleCount, FromEnvironment.Number("LEADSCORING_FAULT_ENGAGEMENTS") ?? EngagementsInATestRun, until: Prospects.AMinuteAgo);

    private readonly Answers _answers = new();

    [Fact]
    public async Task Every_engagement_counts_once_however_it_is_posted()
    {
        await using var service = await TwoInstances.StartAsync(cluster, output);

        await PostAsync(service, Patience.None, breakAsync: null);

        await HoldsAsync(service);
        Check(service).EachWasRecordedOnceAndThenADuplicate();
    }

    [Fact]
    public async Task Every_engagement_counts_once_while_an_instance_is_killed_again_and_again()
    {
        await using var service = await TwoInstances.StartAsync(cluster, output);

        await PostAsync(service, Patience.UntilAcknowledged, async _ =>
        {
            var unanswered = _answers.Unanswered.Count;
            await service.Second.KillAsync();
            await _answers.Unanswered.ReachedAsync(unanswered + 1).WaitAsync(OutageMax);
            await service.Second.StartAgainAsync();
        });

        await HoldsAsync(service);
    }

    [Fact]
    public async Task Every_engagement_counts_once_while_the_database_crashes_again_and_again()
    {
        await using var service = await TwoInstances.StartAsync(cluster, output, ShortPatience);

        await PostAsync(service, Patience.UntilAcknowledged, async time =>
        {
            var refused = _answers.Refused.Count;
            await cluster.CrashAsync();
            // Back at once, or away until producers have been told so.
            if (time % 2 == 1) await _answers.Refused.ReachedAsync(refused + 1).WaitAsync(OutageMax);
            await cluster.StartAgainAsync();
        });

        service.First.IsRunning.ShouldBeTrue();
        service.Second.IsRunning.ShouldBeTrue();
        await HoldsAsync(service);
    }

    /// <param name="breakAsync">Breaks something and mends it, in the middle of each round; null: one undisturbed round.</param>
    private async Task PostAsync(TwoInstances service, Patience patience, Func<int, Task>? breakAsync)
    {
        var started = Stopwatch.GetTimestamp();
        var producers = new Producers(service.Http, service.Addresses, patience, _answers);
        await producers.PostAsync(Schedule.Deal(_prospects.Introductions, ProducerCount, seed: 1));

        var hands = Schedule.Deal(_prospects.Engagements, ProducerCount, seed: 2);
        foreach (var (time, round) in Schedule.InRounds(hands, breakAsync is null ? 1 : Breaks).Index())
        {
            var mark = _answers.Posts.Count + (int)(round.Sum(requests => requests.Sum(r => r.Length)) * BreakAtShare);
            var posting = producers.PostAsync(round);
            await Task.WhenAny(posting, _answers.Posts.ReachedAsync(mark));
            if (breakAsync is not null) await breakAsync(time);
            await posting;
        }

        output.WriteLine(
            $"{_answers.Posts.Count} posts acknowledged in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, "
            + $"{_answers.Refused.Count} requests refused, {_answers.Unanswered.Count} unanswered.");
    }

    private Task HoldsAsync(TwoInstances service) => Check(service).HoldsAsync();

    private EndCheck Check(TwoInstances service) => new(_prospects, _answers, service);
}
