using System.Diagnostics;
using System.Diagnostics.Metrics;
using LeadScoring.Host.Leads;

namespace LeadScoring.Host.Operations;

/// <summary>What the service measures of itself. Durations in seconds; nothing here names a person or a lead.</summary>
public sealed class Telemetry
{
    /// <summary>Of the activity source and of the meter.</summary>
    public const string Name = "LeadScoring";

    private readonly Meter meter;

    public Telemetry(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        Engagements = meter.CreateCounter<long>(
            "leadscoring.engagements", "{engagement}", "Engagements answered, by outcome: recorded, duplicate, rejected.");
        BatchSize = meter.CreateHistogram<int>("leadscoring.writer.batch.size", "{command}", "Commands written together.");
        LoadTime = meter.CreateHistogram<double>("leadscoring.writer.load.duration", "s", "Loading what a batch needs.");
        DecisionTime = meter.CreateHistogram<double>("leadscoring.writer.decision.duration", "s", "Deciding a batch in memory.");
        CommitTime = meter.CreateHistogram<double>("leadscoring.writer.commit.duration", "s", "Committing a batch.");
        Conflicts = meter.CreateCounter<long>(
            "leadscoring.writer.conflicts", "{command}", "Commands run again because another instance was faster.");
        TimersRaised = meter.CreateCounter<long>(
            "leadscoring.timers.raised", "{lead}", "Leads for which something that was due was raised, by kind: acceptance_due_soon, acceptance_overdue, nurture_step.");
        TimerLateness = meter.CreateHistogram<double>(
            "leadscoring.timers.lateness", "s", "From when something was due to when it was raised: grows when the timers are behind.");
        JobsEnded = meter.CreateCounter<long>(
            "leadscoring.jobs.ended", "{job}", "Runs of jobs that ended them, by kind and state: succeeded, failed, cancelled.");
        JobTime = meter.CreateHistogram<double>(
            "leadscoring.jobs.duration", "s", "From the beginning of the run that ended a job to its end, by kind and state.");
        Retries = meter.CreateCounter<long>(
            "leadscoring.writer.retries", "{batch}", "Batches run again because the database failed or its answer was lost.");
    }

    public static ActivitySource Activities { get; } = new(Name);

    public Counter<long> Engagements { get; }

    public Histogram<int> BatchSize { get; }

    public Histogram<double> LoadTime { get; }

    public Histogram<double> DecisionTime { get; }

    public Histogram<double> CommitTime { get; }

    public Counter<long> Conflicts { get; }

    public Counter<long> Retries { get; }

    public Counter<long> TimersRaised { get; }

    public Histogram<double> TimerLateness { get; }

    public Counter<long> JobsEnded { get; }

    public Histogram<double> JobTime { get; }

    public void Count(LeadOutcome engagement) => Engagements.Add(
        1, new KeyValuePair<string, object?>("outcome", engagement switch
        {
            { Refusal: not null } => "rejected",
            { Changed: true } => "recorded",
            _ => "duplicate",
        }));

    /// <param name="length">Commands waiting or being written; called at each collection.</param>
    public void ObserveQueueLength(Func<int> length) => meter.CreateObservableUpDownCounter(
        "leadscoring.writer.queue.length", length, "{command}", "Commands waiting or being written.");

    /// <param name="left">Called at each collection.</param>
    public void ObserveLeadsToRescore(Func<long> left) => meter.CreateObservableGauge(
        "leadscoring.rescoring.leads.left", left, "{lead}",
        "Leads left to be looked at because another model has begun to hold; only the instance that does it reports any.");

    /// <param name="state">succeeded, failed or cancelled.</param>
    public void CountJob(string kind, string state, TimeSpan duration)
    {
        var tags = new TagList { { "kind", kind }, { "state", state } };
        JobsEnded.Add(1, tags);
        JobTime.Record(duration.TotalSeconds, tags);
    }

    /// <param name="counts">One measurement per kind and state, tagged <c>kind</c> and <c>state</c>; called at each collection.</param>
    public void ObserveOpenJobs(Func<IEnumerable<Measurement<long>>> counts) => meter.CreateObservableGauge(
        "leadscoring.jobs.open", counts, "{job}",
        "Jobs queued or running in the whole database, by kind and state: every instance reports the same, so take the maximum.");

    /// <param name="counts">One measurement per stage, tagged <c>stage</c>; called at each collection.</param>
    public void ObserveLeadsByStage(Func<IEnumerable<Measurement<long>>> counts) => meter.CreateObservableGauge(
        "leadscoring.leads", counts, "{lead}", "Leads by stage in the whole database: every instance reports the same, so take the maximum.");
}
