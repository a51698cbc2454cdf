using LeadScoring.Benchmarks.Reporting;
using LeadScoring.Host;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>A program that serves the API: this checkout's service, another checkout's, or the idiomatic one.</summary>
/// <param name="Name">Letters only: it is part of the names of databases.</param>
/// <param name="Program">The assembly that <c>dotnet</c> runs.</param>
internal sealed record ServiceBuild(string Name, string Program)
{
    private const string InCheckout = "services/LeadScoring/Host/bin/Release/net10.0/leadscoring.dll";

    /// <summary>The build lays it beside this program.</summary>
    public static ServiceBuild This { get; } = new("this", typeof(StartupRefusal).Assembly.Location);

    /// <summary>The one of <see cref="Idiomatic.IdiomaticPosts"/>: this very program.</summary>
    public static ServiceBuild Idiomatic { get; } = new("idiomatic", typeof(ServiceBuild).Assembly.Location);

    /// <exception cref="StartupRefusal">The service has not been built there.</exception>
    public static ServiceBuild In(DirectoryInfo checkout)
    {
        var program = Path.Combine(checkout.FullName, InCheckout);
        return File.Exists(program)
            ? new("base", program)
            : throw new StartupRefusal($"There is no {program}: build it with 'dotnet build services/LeadScoring/Host -c Release' in {checkout.FullName}.");
    }

    /// <returns>The commit of the checkout it was built in.</returns>
    public Task<string> CommitAsync(CancellationToken ct) => Machine.CommitAsync(Path.GetDirectoryName(Program)!, ct);
}
