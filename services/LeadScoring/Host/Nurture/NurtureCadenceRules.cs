using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Host.Http;
using Cadence = LeadScoring.Domain.Nurture.NurtureCadence;
using NurtureCadence = LeadScoring.Contracts.NurtureCadence;

namespace LeadScoring.Host.Nurture;

/// <summary>What a cadence may be, and what it means.</summary>
public static class NurtureCadenceRules
{
    public const string SettingName = "nurture_cadence";

    private const int CodeLengthMax = 64;

    /// <summary>Shown while a tenant has put none; nobody is nurtured by it.</summary>
    public static NurtureCadence Proposal { get; } = new(
        Enabled: false,
        [
            new(3, "email"), new(4, "call"), new(10, "email"), new(17, "email"), new(21, "direct_mail"), new(24, "call"),
            new(28, "email"), new(35, "email"), new(38, "call"),
        ],
        EntryTypes: ["contact_form_submitted", "webinar_registered", "webinar_attended", "event_attended"],
        UnsubscribeTypes: ["unsubscribed"],
        ResubscribeTypes: ["subscribed", "newsletter_subscribed"]);

    /// <exception cref="JsonException">It is not what was put.</exception>
    public static NurtureCadence Read(JsonElement body) => body.Deserialize(WireJson.Default.NurtureCadence)!;

    public static Cadence ToCadence(this NurtureCadence cadence) => new(
        cadence.Enabled,
        [.. cadence.Steps.Select(s => new Domain.Nurture.CadenceStep(s.Day, s.Channel))],
        [.. cadence.EntryTypes],
        [.. cadence.UnsubscribeTypes],
        [.. cadence.ResubscribeTypes]);

    public static void Check(NurtureCadence cadence, Validation validation)
    {
        validation.Require(cadence.Steps.Count is >= 1 and <= Cadence.StepsMax, "$.steps", $"1 to {Cadence.StepsMax} steps are expected.");
        for (var i = 0; i < Math.Min(cadence.Steps.Count, Cadence.StepsMax); i++)
        {
            var (day, channel) = cadence.Steps[i];
            validation.Require(day is >= 1 and <= Cadence.DayMax, $"$.steps[{i}].day", $"A day from 1 to {Cadence.DayMax} is expected.");
            validation.Require(i == 0 || day > cadence.Steps[i - 1].Day, $"$.steps[{i}].day", "It must be later than the day of the step before.");
            Code($"$.steps[{i}].channel", channel, validation);
        }

        Types("$.entryTypes", cadence.EntryTypes, validation);
        Types("$.unsubscribeTypes", cadence.UnsubscribeTypes, validation);
        Types("$.resubscribeTypes", cadence.ResubscribeTypes, validation);
        validation.Require(!cadence.Enabled || cadence.EntryTypes.Count > 0, "$.entryTypes", "Without an entry type nobody enters: at least one is expected.");
        validation.Require(
            !cadence.UnsubscribeTypes.Intersect(cadence.ResubscribeTypes, StringComparer.Ordinal).Any(),
            "$.resubscribeTypes",
            "A type cannot both unsubscribe and resubscribe.");
    }

    private static void Types(string path, IReadOnlyList<string> types, Validation validation)
    {
        validation.Require(types.Count <= Cadence.TypesMax, path, $"At most {Cadence.TypesMax} types are allowed.");
        for (var i = 0; i < Math.Min(types.Count, Cadence.TypesMax); i++)
        {
            Code($"{path}[{i}]", types[i], validation);
            validation.Require(types.Take(i).All(t => t != types[i]), $"{path}[{i}]", "The type stands here twice.");
        }
    }

    private static void Code(string path, string text, Validation validation) =>
        validation.Require(SnakeCase.Is(text, CodeLengthMax), path, $"A snake_case word of at most {CodeLengthMax} characters is expected.");
}
