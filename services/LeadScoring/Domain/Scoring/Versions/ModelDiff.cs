namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>What became of one thing between two models.</summary>
public enum ModelChangeKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>The part of a model a difference is in.</summary>
public enum ModelPart
{
    Model,
    EngagementRule,
    FitRule,
    Engagement,
    Grades,
    Qualification,
}

/// <summary>One difference between two models.</summary>
/// <param name="Name">The rule's, in the later model where it stands in both; null: the part has no names.</param>
/// <param name="Field">As in the document; null: the whole rule.</param>
/// <param name="Before">In words; null: there was none.</param>
/// <param name="After">In words; null: there is none.</param>
/// <param name="Text">The whole of it in words, rules between backticks.</param>
public sealed record ModelDifference(
    ModelChangeKind Kind, ModelPart Part, string? Name, string? Field, string? Before, string? After, string Text);

/// <summary>What two models judge differently, as one person would tell another.</summary>
public static class ModelDiff
{
    /// <returns>In the order of the document; empty: they judge alike.</returns>
    public static IReadOnlyList<ModelDifference> Between(ScoringModel from, ScoringModel to)
    {
        var lines = new List<ModelDifference>();
        Field(ModelPart.Model, "name", $"\"{from.Name}\"", $"\"{to.Name}\"", "name");
        Field(ModelPart.Engagement, "floor", ModelWords.Number(from.Floor), ModelWords.Number(to.Floor), "lowest score");
        Field(ModelPart.Engagement, "ceiling", ModelWords.Number(from.Ceiling), ModelWords.Number(to.Ceiling), "highest score");
        Rules(
            ModelPart.EngagementRule,
            "rule",
            from.Rules.ToDictionary(r => r.Name, ModelWords.FieldsOf),
            to.Rules.ToDictionary(r => r.Name, ModelWords.FieldsOf),
            lines);
        Rules(
            ModelPart.FitRule,
            "fit rule",
            from.FitRules.ToDictionary(r => r.Name, ModelWords.FieldsOf),
            to.FitRules.ToDictionary(r => r.Name, ModelWords.FieldsOf),
            lines);
        Field(ModelPart.Model, "clickBurst", ModelWords.Of(from.ClickBurst), ModelWords.Of(to.ClickBurst), "suspected bots");
        for (var i = 0; i < from.CutOffs.Count; i++)
        {
            var grade = ((Grade)i).ToString();
            Field(ModelPart.Grades, grade.ToLowerInvariant(), ModelWords.Points(from.CutOffs[i]), ModelWords.Points(to.CutOffs[i]), $"grade {grade} from");
        }

        Field(ModelPart.Qualification, "threshold", ModelWords.Points(from.Threshold), ModelWords.Points(to.Threshold), "threshold");
        Field(ModelPart.Qualification, "minimumGrade", from.MinimumGrade.ToString(), to.MinimumGrade.ToString(), "least grade");
        Field(ModelPart.Qualification, "review", ModelWords.Of(from.Review), ModelWords.Of(to.Review), "review");
        Field(
            ModelPart.Qualification,
            "acceptWithinHours",
            ModelWords.Number(from.AcceptWithin.TotalHours, "hour"),
            ModelWords.Number(to.AcceptWithin.TotalHours, "hour"),
            "accept within");
        Field(
            ModelPart.Qualification,
            "coolDownDays",
            ModelWords.Number(from.CoolDown.TotalDays, "day"),
            ModelWords.Number(to.CoolDown.TotalDays, "day"),
            "cool-down");
        return lines;

        void Field(ModelPart part, string field, string before, string after, string words)
        {
            if (before == after) return;
            lines.Add(new(ModelChangeKind.Changed, part, Name: null, field, before, after, $"{words}: {ModelWords.Change(before, after)}"));
        }
    }

    /// <summary>Rules are told apart by their names; their order means nothing, since an engagement matches one at most.</summary>
    private static void Rules(
        ModelPart part,
        string word,
        Dictionary<string, IReadOnlyList<RuleField>> from,
        Dictionary<string, IReadOnlyList<RuleField>> to,
        List<ModelDifference> lines)
    {
        var removed = from.Where(r => !to.ContainsKey(r.Key)).ToList();
        foreach (var (name, fields) in to)
        {
            if (from.TryGetValue(name, out var before))
            {
                lines.AddRange(before.Zip(fields).Where(f => f.First.Text != f.Second.Text).Select(f => Changed(part, name, f.First, f.Second)));
                continue;
            }

            var renamed = removed.FindIndex(r => r.Value.SequenceEqual(fields));
            if (renamed >= 0)
            {
                var former = removed[renamed].Key;
                removed.RemoveAt(renamed);
                lines.Add(new(ModelChangeKind.Changed, part, name, "name", former, name, $"{word} `{former}` is called `{name}`"));
                continue;
            }

            var words = ModelWords.Sentence(fields);
            lines.Add(new(ModelChangeKind.Added, part, name, Field: null, Before: null, words, $"new {word} `{name}`: {words}"));
        }

        foreach (var (name, fields) in removed)
        {
            var words = ModelWords.Sentence(fields);
            lines.Add(new(ModelChangeKind.Removed, part, name, Field: null, words, After: null, $"{word} `{name}` is gone: {words}"));
        }
    }

    private static ModelDifference Changed(ModelPart part, string name, RuleField before, RuleField after) => new(
        ModelChangeKind.Changed,
        part,
        name,
        after.Name,
        before.Text.Length == 0 ? null : before.Text,
        after.Text.Length == 0 ? null : after.Text,
        $"`{name}`: {(after.Label.Length == 0 ? "" : after.Label + " ")}{ModelWords.Change(Or(before.Text), Or(after.Text))}");

    private static string Or(string text) => text.Length == 0 ? "none" : text;
}
