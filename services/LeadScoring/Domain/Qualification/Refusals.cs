using System.Text.Json;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Domain.Qualification;

public static class Refusals
{
    /// <summary>The command needs the lead in another stage.</summary>
    public static RuleViolation Stage(string code, Lead lead, string needed) =>
        new(code, $"The lead is not {needed}: its stage is {JsonNamingPolicy.SnakeCaseLower.ConvertName(lead.Stage.ToString())}.");
}
