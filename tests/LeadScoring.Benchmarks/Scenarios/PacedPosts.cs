using LeadScoring.Benchmarks.Load;

namespace LeadScoring.Benchmarks.Scenarios;

/// <summary>Single posts that fall due at a fixed rate, whatever becomes of those before: how long an acknowledgement takes.</summary>
internal sealed class PacedPosts(EngagementPosts posts, double perSecond) : IScenario
{
    /// <summary>Enough that a due post hardly ever waits for a free connection.</summary>
    public const int Connections = 128;

    public string Name => posts.Name;

    public string Unit => posts.Unit;

    public int Clients => posts.Clients;

    public ValueTask<ILoadClient> ConnectAsync(int number, CancellationToken ct) => posts.ConnectAsync(number, ct);

    public Task<LoadResult> RunAsync(TimeSpan window, Func<Task> atEdge, CancellationToken ct) =>
        OpenLoop.RunAsync(this, perSecond, window, atEdge, ct);
}
