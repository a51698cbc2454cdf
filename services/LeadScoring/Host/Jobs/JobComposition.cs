namespace LeadScoring.Host.Jobs;

/// <summary>Long work in the background.</summary>
public static class JobComposition
{
    /// <summary>Needs the data source, the writer and the clock beside these. What is to be done is told by the <see cref="JobKind"/>s that are registered.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<JobStore>()
        .AddSingleton<JobExecution>()
        .AddSingleton<JobKinds>()
        .AddSingleton<JobStream>()
        .AddHostedService<JobRunner>()
        .AddHostedService<OpenJobs>();
}
