using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;

namespace LeadScoring.Host.Jobs;

/// <summary>One attempt at a job. It may be the second one: an instance that ends in the middle leaves no trace of the work.</summary>
/// <param name="ModelVersion">Null: the work is about no single version.</param>
/// <param name="Parameters">JSON, as it was given when the job was made.</param>
/// <param name="Progress">Shown about once a second.</param>
/// <param name="Pace">To rest by between two pages of the work.</param>
public sealed record JobRun(Guid Id, string TenantId, int? ModelVersion, string Parameters, WorkProgress Progress, Pace Pace);

/// <summary>A kind of long work.</summary>
/// <param name="Name">snake_case; frozen, as it stands in rows.</param>
/// <param name="RunAsync">
/// Returns the result, JSON of at most <see cref="JobBounds.ResultBytesMax"/>. It depends on the parameters and the log alone, so that it may
/// be begun again from the beginning. It ends soon after its token is cancelled. <see cref="JobFailed"/> tells the requester why there
/// is no result.
/// </param>
public sealed record JobKind(string Name, Func<JobRun, CancellationToken, Task<string>> RunAsync);

/// <summary>The work cannot be done, and trying again would not help.</summary>
/// <param name="reason">One sentence for whoever asked for it; no personal data.</param>
public sealed class JobFailed(string reason) : Exception(reason);

/// <summary>The kinds of work this program can do; the first of a name counts.</summary>
public sealed class JobKinds(IEnumerable<JobKind> kinds)
{
    private readonly Dictionary<string, JobKind> _byName = kinds.DistinctBy(k => k.Name).ToDictionary(k => k.Name, StringComparer.Ordinal);

    public string[] Names => [.. _byName.Keys];

    public JobKind this[string name] => _byName[name];
}

/// <summary>Long work in the background.</summary>
public static class JobComposition
{
    /// <summary>Needs the documents, the writer and the clock beside these. The work is told by the <see cref="JobKind"/>s that are registered.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<JobStore>()
        .AddSingleton<WorkLoop>()
        .AddSingleton<WorkQueue>()
        .AddSingleton<JobKinds>()
        .AddSingleton<JobStream>()
        .AddSingleton<JobWork>()
        .AddSingleton<ILongWork>(s => s.GetRequiredService<JobWork>())
        .AddHostedService(s => s.GetRequiredService<JobWork>())
        .AddHostedService<OpenJobs>();
}
