using LeadScoring.Host;
using LeadScoring.Host.Operations.Commands;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
