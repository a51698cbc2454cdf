using System.Text.RegularExpressions;
using LeadScoring.Contracts;
using LeadScoring.Domain.Leads;
using LeadScoring.Host;

namespace LeadScoring.ContractTests;

/// <summary>House rules a compiler does not know.</summary>
public sealed partial class TidinessTests
{
    private const int LinesMax = 500;
    private static readonly string[] OurFolders = ["contracts", "services", "tests", "deploy"];
    private static readonly string[] Texts = [".cs", ".sql", ".sh", ".md", ".csproj"];

    [Fact]
    public void No_file_is_longer_than_one_sitting() => Offenders(Texts, text => text.Split('\n').Length > LinesMax + 1)
        .ShouldBeEmpty($"At most {LinesMax} lines.");

    [Fact]
    public void Nothing_is_left_for_later() => Offenders(Texts, text => LeftForLater().IsMatch(text)).ShouldBeEmpty();

    [Fact]
    public void Code_is_not_folded_away() => Offenders([".cs"], text => Folded().IsMatch(text)).ShouldBeEmpty();

    [Fact]
    public void Types_are_named_for_what_they_are() => Offenders([".cs"], text => EmptyName().IsMatch(text)).ShouldBeEmpty();

    [Fact]
    public void The_pure_parts_lean_on_nothing_but_arithmetic()
    {
        const string arithmetic = "MathNet.Numerics";
        foreach (var assembly in new[] { typeof(LeadEvent).Assembly, typeof(Problem).Assembly })
        {
            assembly.GetReferencedAssemblies().Select(r => r.Name).ShouldAllBe(name => name == arithmetic || name!.StartsWith("System.", StringComparison.Ordinal));
        }

        foreach (var project in new[] { "services/LeadScoring/Domain/LeadScoring.Domain.csproj", "contracts/LeadScoring.Contracts/LeadScoring.Contracts.csproj" })
        {
            File.ReadAllText(Repository.PathOf(project)).Replace($"<PackageReference Include=\"{arithmetic}\" />", "").ShouldNotContain("Reference Include");
        }
    }

    [Fact]
    public void Every_statement_is_embedded()
    {
        var embedded = typeof(Composition).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => string.Join('.', name.Split('.')[^2..]));

        var files = Repository.Sources([".sql"], "services");

        files.ShouldNotBeEmpty();
        embedded.Order(StringComparer.Ordinal).ShouldBe(files.Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_holds_one_statement()
    {
        var crowded = Repository.Sources([".sql"], "services")
            .Where(f => Bare(File.ReadAllText(Repository.PathOf(f))).TrimEnd(';').Contains(';', StringComparison.Ordinal));

        crowded.ShouldBeEmpty();
    }

    [Fact]
    public void Statements_name_their_columns()
    {
        var vague = Repository.Sources([".sql"], "services")
            .Where(f => EveryColumn().IsMatch(Bare(File.ReadAllText(Repository.PathOf(f)))));

        vague.ShouldBeEmpty();
    }

    private static IReadOnlyList<string> Offenders(string[] extensions, Func<string, bool> offends)
    {
        var files = Repository.Sources(extensions, OurFolders);
        files.ShouldNotBeEmpty();
        return [.. files.Where(f => !f.EndsWith("/TidinessTests.cs", StringComparison.Ordinal) && offends(File.ReadAllText(Repository.PathOf(f))))];
    }

    /// <summary>The statement without comments and quoted texts.</summary>
    private static string Bare(string sql) => QuotedOrComment().Replace(sql, " ").Trim();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex LeftForLater();

    [GeneratedRegex(@"^\s*#\s*region\b", RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Folded();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\s+(struct\s+|class\s+)?\w*(Service|Manager|Helper|Helpers|Common|Base|Impl)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\bselect\s+(\w+\.)?\*", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EveryColumn();

    [GeneratedRegex(@"--[^\n]*|\$\$.*?\$\$|'(''|[^'])*'", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex QuotedOrComment();
}
