using System.Runtime.Versioning;
using LeadScoring.Benchmarks;
using LeadScoring.Benchmarks.Idiomatic;
using LeadScoring.Benchmarks.Load;

[assembly: SupportedOSPlatform("linux")]

if (args is [IdiomaticPosts.Verb])
{
    await IdiomaticPosts.RunAsync();
    return 0;
}

InlineSockets.Use();
return await BenchmarkCommand.RunAsync(args);
