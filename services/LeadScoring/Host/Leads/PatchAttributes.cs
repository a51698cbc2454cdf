using System.Runtime.InteropServices;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Leads;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads;

/// <summary><c>PATCH /v1/leads/{leadId}/attributes</c>: what we know about the lead changed.</summary>
public static class PatchAttributes
{
    private const int NameLengthMax = 64;
    private const int TextLengthMax = 256;

    public static void MapPatchAttributes(this IEndpointRouteBuilder routes) => routes
        .MapLeadCommand(
            HttpMethod.Patch,
            "attributes",
            WireJson.Default.AttributesPatch,
            Read,
            Scopes.MarketingWrite, Scopes.SalesWrite, Scopes.EngagementsWrite)
        .WithName("PatchAttributes")
        .WithSummary("Set or remove attributes of a lead")
        .WithDescription("Attributes not named stay as they are; null removes one. What the model's fit rules read moves the grade.");

    private static RequestedCommand Read(AttributesPatch request, CommandRules rules)
    {
        rules.Actor(request.Actor);
        var validation = rules.Validation;
        validation.Require(
            request.Attributes.Count is >= 1 and <= Lead.AttributesMax,
            "$.attributes",
            $"1 to {Lead.AttributesMax} attributes are expected.");
        var changes = new Dictionary<string, Scalar?>();
        foreach (var (name, value) in request.Attributes)
        {
            var path = JsonRules.PathOf("$.attributes", name);
            if (!SnakeCase.Is(name, NameLengthMax))
            {
                validation.Add(path, $"An attribute's name is a snake_case word of at most {NameLengthMax} characters.");
            }
            else
            {
                changes[name] = ValueOf(value, path, validation);
            }
        }

        return new(request.Actor, new ChangeAttributes(changes, request.Actor));
    }

    private static Scalar? ValueOf(JsonElement value, string path, Validation validation)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null: return null;
            case JsonValueKind.True: return Scalar.Of(true);
            case JsonValueKind.False: return Scalar.Of(false);
            case JsonValueKind.String:
                var text = value.GetString()!;
                validation.Require(text.Length > 0, path, "The text is empty; null removes the attribute.");
                validation.Require(text.Length <= TextLengthMax, path, $"At most {TextLengthMax} characters are allowed.");
                validation.Require(!text.Any(char.IsControl), path, "Control characters are not allowed.");
                return Scalar.Of(text);
            case JsonValueKind.Number:
                var number = value.GetDouble();
                if (JsonRules.Number(number, JsonMarshal.GetRawUtf8Value(value)) is not { } complaint) return Scalar.Of(number);
                validation.Add(path, complaint);
                return null;
            default:
                validation.Add(path, "A text, a number, true, false or null is expected.");
                return null;
        }
    }
}
