using System.Runtime.Versioning;
using LeadScoring.Benchmarks;
using LeadScoring.Benchmarks.Load;

[assembly: SupportedOSPlatform("linux")]

InlineSockets.Use();
return await BenchmarkCommand.RunAsync(args);
