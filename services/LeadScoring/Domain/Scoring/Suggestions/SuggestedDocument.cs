using System.Text.Json.Nodes;

namespace LeadScoring.Domain.Scoring.Suggestions;

/// <summary>A model document with other points and cut-offs; everything else stays as its authors wrote it.</summary>
internal static class SuggestedDocument
{
    private const string Mark = ", suggested";
    private const int NameLengthMax = 256;

    /// <param name="document">A valid model document.</param>
    /// <param name="rules">One for each of the document's rules.</param>
    /// <param name="cutOffs">For A, B and C.</param>
    public static string Write(string document, RuleColumns columns, IReadOnlyList<ProposedRule> rules, IReadOnlyList<double> cutOffs)
    {
        var root = JsonNode.Parse(document)!;
        var name = (string)root["name"]!;
        if (!name.EndsWith(Mark, StringComparison.Ordinal) && name.Length + Mark.Length <= NameLengthMax) root["name"] = name + Mark;
        Change(root["engagement"]!["rules"]!.AsArray(), rules.Where(r => !columns.IsFit(r.Column)));
        Change(root["fit"]!["rules"]!.AsArray(), rules.Where(r => columns.IsFit(r.Column)));
        var places = root["fit"]!["cutOffs"]!;
        (places["a"], places["b"], places["c"]) = (cutOffs[0], cutOffs[1], cutOffs[2]);
        return root.ToJsonString();
    }

    private static void Change(JsonArray documented, IEnumerable<ProposedRule> rules)
    {
        foreach (var (node, rule) in documented.ToList().Zip(rules.OrderBy(r => r.Column)))
        {
            if (rule.Points is not { } points)
            {
                documented.Remove(node);
                continue;
            }

            node!["points"] = points;
            if (rule.Cap is { } cap) node["cap"] = cap;
        }
    }
}
