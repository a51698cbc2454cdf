using LeadScoring.Benchmarks.Load;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>One kind of load.</summary>
internal interface IScenario
{
    string Name { get; }

    /// <summary>What is counted: <c>events</c> or <c>requests</c>.</summary>
    string Unit { get; }

    /// <summary>Clients at once, each with one operation in flight.</summary>
    int Clients { get; }

    ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct);

    /// <summary>One measurement: closed loop, unless the scenario says otherwise.</summary>
    /// <param name="atEdge">Called when the window opens and when it closes.</param>
    /// <exception cref="BenchmarkFailure">An operation failed or was not answered in time.</exception>
    Task<LoadResult> RunAsync(TimeSpan window, Func<Task> atEdge, CancellationToken ct) => ClosedLoop.RunAsync(this, window, atEdge, ct);
}

/// <summary>One client; whoever drives it decides when it runs.</summary>
internal interface ILoadClient : IAsyncDisposable
{
    /// <summary>One operation, to its checked answer.</summary>
    /// <returns>How many units it was.</returns>
    /// <exception cref="BenchmarkFailure">The answer is not what it must be.</exception>
    ValueTask<int> RunAsync();
}
