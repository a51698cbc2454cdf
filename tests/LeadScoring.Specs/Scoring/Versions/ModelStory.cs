using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;

namespace LeadScoring.Specs.Scoring.Versions;

/// <summary>What was done to a tenant's models, and what somebody asks next: the production fold and decisions.</summary>
public sealed record ModelStory(ModelCatalog Catalog, DateTimeOffset Now, IReadOnlyList<ModelEvent> Events, RuleViolation? Refusal)
{
    public static readonly TimeSpan Notice = TimeSpan.FromSeconds(6);

    public static readonly ModelStory Untouched = new(ModelCatalog.BuiltIn, Story.Now, [], Refusal: null);

    /// <summary>Version 2: drafted, proposed and signed by both.</summary>
    public static ModelStory SignedOff => Drafted
        .When(new ProposeModel(2, "mia"))
        .When(new SignOffModel(2, SigningTeam.Marketing, "mia", Comment: null))
        .When(new SignOffModel(2, SigningTeam.Sales, "sam", Comment: null));

    /// <summary>Version 2, by mia.</summary>
    public static ModelStory Drafted => Untouched.When(Draft(threshold: 120));

    public static DraftModel Draft(double threshold) => new(Document(threshold), BasedOn: 1, "mia", Note: null);

    /// <summary>The default definition with another threshold.</summary>
    public static string Document(double threshold)
    {
        var document = JsonNode.Parse(ScoringModelDocument.DefaultJson.Span)!;
        document["qualification"]!["threshold"] = threshold;
        return document.ToJsonString();
    }

    public static ActivateModel Activate(int version, DateTimeOffset? at = null, bool backtested = true, bool without = false) =>
        new(version, at, "mia", WithoutBacktest: without, IsBacktested: backtested, Notice);

    /// <summary>All this happened as well.</summary>
    public ModelStory Given(IEnumerable<ModelEvent> events) => this with { Catalog = events.Aggregate(Catalog, (c, e) => c.Evolve(e)) };

    public ModelStory When(IModelCommand command)
    {
        try
        {
            var events = command.Decide(Catalog, Now);
            return this with { Catalog = events.Aggregate(Catalog, (c, e) => c.Evolve(e)), Events = events, Refusal = null };
        }
        catch (RuleViolation refusal)
        {
            return this with { Events = [], Refusal = refusal };
        }
    }

    public ModelStory After(TimeSpan time) => this with { Now = Now + time };

    public ModelStory Then(params ModelEvent[] expected)
    {
        Refusal.ShouldBeNull();
        Events.ShouldBe(expected);
        return this;
    }

    public ModelStory ThenNothing() => Then();

    public ModelStory ThenRefused(string code)
    {
        Refusal.ShouldNotBeNull($"got {JsonSerializer.Serialize<object>(Events)}").Code.ShouldBe(code);
        return this;
    }

    public ModelStatus StatusOf(int version) => Catalog.StatusOf(Catalog.Get(version), Now);
}
