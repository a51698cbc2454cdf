using System.Text.RegularExpressions;
using LeadScoring.ContractTests;

namespace LeadScoring.IntegrationTests.Demo;

public sealed partial class ReadmeTests
{
    [Fact]
    public void The_Wolverine_consumer_it_shows_is_the_one_that_runs()
    {
        var source = File.ReadAllText(Repository.PathOf("services", "SampleCrm", "Handoffs", "RabbitHandoffs.cs"));

        var shown = Blocks().Matches(File.ReadAllText(Repository.PathOf("README.md"))).Select(block => block.Groups["code"].Value).Single(code => code.Contains("UseWolverine"));

        WithoutSpace(source).ShouldContain(WithoutSpace(shown));
        shown.ShouldContain("class HandoffHandler");
    }

    private static string WithoutSpace(string code) => string.Concat(code.Where(c => !char.IsWhiteSpace(c)));

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Blocks();
}
