namespace LeadScoring.Host.Jobs;

/// <summary>Long work in the background.</summary>
public static class JobComposition
{
    /// <summary>Needs the data source, the writer and the clock beside these, and a <see cref="JobKind"/> for each kind of work.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<JobStore>()
        .AddSingleton<JobExecution>()
        .AddHostedService<JobRunner>();
}
