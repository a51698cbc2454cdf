using System.Threading.Channels;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>Work of one instance that goes on until the test says how it ends.</summary>
internal sealed class HeldWork
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<HeldRun> _begun = Channel.CreateUnbounded<HeldRun>();

    public HeldWork(string kind = BacktestJob.Kind) => Kind = new(kind, RunAsync);

    public JobKind Kind { get; }

    /// <summary>Whether its runs go on although their token is cancelled.</summary>
    public bool IsDeaf { get; init; }

    public void Register(IServiceCollection services) => services.AddSingleton(Kind);

    /// <summary>Returns when the instance has begun another run.</summary>
    public async Task<HeldRun> NextAsync() => await _begun.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>Whether it has begun a run nobody asked for yet.</summary>
    public bool HasBegunAnother => _begun.Reader.Count > 0;

    private Task<string> RunAsync(JobRun run, CancellationToken ct)
    {
        var held = new HeldRun(run, IsDeaf, ct);
        _begun.Writer.TryWrite(held);
        return held.Outcome;
    }
}

/// <summary>One run, in the test's hands.</summary>
internal sealed class HeldRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<string> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldRun(JobRun run, bool isDeaf, CancellationToken ct)
    {
        Run = run;
        if (!isDeaf) ct.Register(() => _outcome.TrySetCanceled(ct));
    }

    public JobRun Run { get; }

    internal Task<string> Outcome => _outcome.Task;

    public void Succeed(string result) => _outcome.SetResult(result);

    public void Fail(Exception reason) => _outcome.SetException(reason);

    /// <summary>Returns when its token is cancelled.</summary>
    public async Task UntilToldToEndAsync() =>
        await _outcome.Task.WaitAsync(Patience).ContinueWith(ended => ended.IsCanceled.ShouldBeTrue(), TaskScheduler.Default);
}
