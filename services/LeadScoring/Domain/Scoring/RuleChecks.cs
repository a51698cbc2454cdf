namespace LeadScoring.Domain.Scoring;

/// <summary>What makes a well-formed model a sound one: no rule without effect, none that counts an engagement twice.</summary>
internal static class RuleChecks
{
    public static void Run(ScoringModel model, List<ModelError> errors)
    {
        if (model.Rules.Count == 0) errors.Add(new("$.engagement.rules", "A model needs at least one rule."));
        for (var i = 0; i < model.Rules.Count; i++)
        {
            var rule = model.Rules[i];
            var path = $"$.engagement.rules[{i}]";
            DeadPoints(rule.Points, path, errors);
            DeadConditions(rule.When, path, errors);
            for (var j = 0; j < i; j++)
            {
                var earlier = model.Rules[j];
                if (earlier.Name == rule.Name) errors.Add(new($"{path}.name", $"Rule {j} has the name '{rule.Name}' already."));
                if (Overlap(earlier, rule))
                {
                    errors.Add(new(path, $"Overlaps rule '{earlier.Name}': one engagement of type '{rule.Type}' can match both."));
                }
            }
        }

        for (var i = 0; i < model.FitRules.Count; i++)
        {
            var rule = model.FitRules[i];
            var path = $"$.fit.rules[{i}]";
            DeadPoints(rule.Points, path, errors);
            DeadConditions(rule.When, path, errors);
            if (rule.When.Count == 0) errors.Add(new($"{path}.when", "A fit rule needs a condition: it would fit everybody."));
            if (model.FitRules.Take(i).Any(r => r.Name == rule.Name))
            {
                errors.Add(new($"{path}.name", $"Another fit rule has the name '{rule.Name}' already."));
            }
        }

        if (model.Floor >= model.Ceiling) errors.Add(new("$.engagement.floor", "The floor must lie below the ceiling."));
        if (model.CutOffs[0] <= model.CutOffs[1] || model.CutOffs[1] <= model.CutOffs[2])
        {
            errors.Add(new("$.fit.cutOffs", "Cut-offs must fall from a to c."));
        }

        if (model.ClickBurst is { } burst) Clicks(burst, model, errors);
        Threshold(model, errors);
    }

    private static void Clicks(ClickBurst burst, ScoringModel model, List<ModelError> errors)
    {
        const string path = "$.clickBurst";
        for (var i = 0; i < burst.Types.Count; i++)
        {
            if (burst.Types.Take(i).Contains(burst.Types[i])) errors.Add(new($"{path}.types[{i}]", $"'{burst.Types[i]}' stands there already."));
        }

        if (!model.Rules.Any(r => burst.IsClick(r.Type)))
        {
            errors.Add(new($"{path}.types", "No rule speaks of any of these types: they are worth nothing anyway."));
        }

        if (burst.DeliveredType is { } delivered && burst.IsClick(delivered))
        {
            errors.Add(new($"{path}.deliveredType", "A click is no delivery: the type stands among the types of clicks."));
        }
    }

    private static void Threshold(ScoringModel model, List<ModelError> errors)
    {
        const string path = "$.qualification.threshold";
        if (model.Floor >= model.Ceiling) return; // No score can be held within these; that was said.
        if (model.Threshold <= model.Clamp(0))
        {
            errors.Add(new(path, "A lead that has done nothing reaches it: every lead would qualify at once."));
        }

        if (model.Threshold > model.Ceiling) errors.Add(new(path, "Above the ceiling no lead can ever qualify."));
        var positive = model.Rules.Where(r => r.Points > 0).ToList();
        if (positive.All(r => r.Cap is not null) && positive.Sum(r => r.Cap!.Value) < model.Threshold)
        {
            errors.Add(new(path, "The caps of all rules together do not reach it: no lead can ever qualify."));
        }
    }

    private static void DeadPoints(double points, string path, List<ModelError> errors)
    {
        if (points == 0) errors.Add(new($"{path}.points", "0 points have no effect: the rule is dead."));
    }

    private static void DeadConditions(IReadOnlyList<Predicate> when, string path, List<ModelError> errors)
    {
        for (var i = 0; i < when.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (when[i].Excludes(when[j]) || when[j].Excludes(when[i]))
                {
                    errors.Add(new($"{path}.when[{i}]", $"Can never hold together with when[{j}]: the rule is dead."));
                }
            }
        }
    }

    private static bool Overlap(Rule a, Rule b) =>
        a.Type == b.Type && !a.When.Any(p => b.When.Any(q => p.Excludes(q) || q.Excludes(p)));
}
