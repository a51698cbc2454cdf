using System.Text.Json;
using System.Text.Json.Nodes;
using LeadScoring.Contracts;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.IntegrationTests.Faults.Changing;

/// <summary>Writes definitions of a lead, has them signed, activates them, goes back to former ones, and tries some in shadow.</summary>
internal sealed class ModelOffice(PatientClient client, RunSettings settings)
{
    private const int PauseMsMax = 900;
    private const int VersionsMax = 400;
    private const int AheadMsMax = 12_000;

    /// <summary>Types no definition does without.</summary>
    private const string Always = "page_viewed";
    private const string Clicked = "email_clicked";

    private static readonly (string Type, int Least, int Most)[] Worth =
    [
        (Always, 1, 4), ("pricing_page_viewed", 5, 15), ("email_opened", 1, 5), (Clicked, 3, 12), ("content_downloaded", 10, 30),
        ("webinar_attended", 15, 40), ("demo_requested", 30, 60), ("contact_form_submitted", 20, 60), ("careers_page_viewed", -20, -5), ("unsubscribed", -40, -10),
        ("email_bounced", -60, -20),
    ];

    private readonly List<(int Version, string Text)> _documents = [(1, JsonSerializer.Serialize(JsonDocument.Parse(ScoringModelDocument.DefaultJson)))];
    private readonly List<int> _signed = [1];

    /// <summary>The versions there are so far.</summary>
    public IReadOnlyList<int> Versions
    {
        get
        {
            lock (_documents) return [.. _documents.Select(d => d.Version)];
        }
    }

    public async Task WorkAsync(CancellationToken ending)
    {
        var random = settings.Of("model office");
        while (!ending.IsCancellationRequested)
        {
            switch (random.Next(8))
            {
                case 0 or 1 when _documents.Count < VersionsMax:
                case < 8 when _signed.Count < 3:
                    await SignAsync(random);
                    break;
                case 2 or 3 or 4:
                    await ActivateAsync(random);
                    break;
                case 5:
                    await client.SendAsync<ScoringModelReceipt>(
                        HttpMethod.Post, Path(Any(random), "cancel-activation"), new CancelActivationRequest("mia"), random, "model_already_active", "activation_too_near");
                    break;
                default:
                    await client.SendAsync<ScoringModelReceipt>(
                        HttpMethod.Put, Path(Any(random), "shadow"), new SwitchShadowRequest(random.Next(3) > 0, "mia"), random,
                        "model_not_proposed", "model_already_active", "too_many_shadows");
                    break;
            }

            await Task.Delay(random.Next(PauseMsMax), CancellationToken.None);
        }
    }

    private async Task ActivateAsync(Random random)
    {
        // Some were signed by nobody or one team only.
        DateTimeOffset? at = random.Next(3) == 0 ? DateTimeOffset.UtcNow.AddMilliseconds(random.Next(AheadMsMax)) : null;
        await client.SendAsync<ScoringModelReceipt>(
            HttpMethod.Post, Path(random.Next(10) == 0 ? Any(random) : _signed[random.Next(_signed.Count)], "activate"),
            new ActivateScoringModelRequest("mia", at, WithoutBacktest: true), random, "model_not_signed", "model_activation_scheduled");
    }

    private async Task SignAsync(Random random)
    {
        var document = JsonSerializer.Deserialize<JsonElement>(Kin(_documents[random.Next(_documents.Count)].Text, random));
        var drafted = await client.SendAsync<ScoringModelReceipt>(
            HttpMethod.Post, "/v1/scoring-models", new DraftScoringModelRequest(document, "mia", Note: $"draft {_documents.Count}"), random);
        var version = drafted.Body!.Model.Version;
        lock (_documents) _documents.Add((version, document.GetRawText()));
        await client.SendAsync<ScoringModelReceipt>(HttpMethod.Post, Path(version, "propose"), new ProposeScoringModelRequest("mia"), random);
        await client.SendAsync<ScoringModelReceipt>(HttpMethod.Post, Path(version, "sign-offs"), new SignOffRequest(SigningTeam.Marketing, "mia"), random);
        if (random.Next(8) == 0) return;
        await client.SendAsync<ScoringModelReceipt>(HttpMethod.Post, Path(version, "sign-offs"), new SignOffRequest(SigningTeam.Sales, "sam"), random);
        _signed.Add(version);
    }

    private int Any(Random random) => _documents[random.Next(_documents.Count)].Version;

    private static string Path(int version, string step) => $"/v1/scoring-models/{version}/{step}";

    /// <summary>Every other time only what things are worth differs, and how much is enough.</summary>
    private static string Kin(string text, Random random)
    {
        var document = JsonNode.Parse(text)!.AsObject();
        if (random.Next(2) == 0)
        {
            foreach (var rule in document["engagement"]!["rules"]!.AsArray())
            {
                if (random.Next(2) == 0) rule!["points"] = Points((string)rule["type"]!, random);
            }
        }
        else
        {
            document["engagement"]!["floor"] = random.Next(3) == 0 ? -100 : 0;
            document["engagement"]!["ceiling"] = random.Next(4) == 0 ? 150 : 1_000;
            document["engagement"]!["rules"] = new JsonArray([.. Worth.Where(w => w.Type is Always or Clicked || random.Next(8) > 0).Select(w => Rule(w.Type, random))]);
            document.Remove("clickBurst");
            if (random.Next(3) > 0) document["clickBurst"] = Burst(random);
        }

        // Uncapped, so that every threshold can be reached.
        document["engagement"]!["rules"]!.AsArray().Single(r => (string)r!["type"]! == Always)!.AsObject().Remove("cap");
        var qualification = document["qualification"]!;
        qualification["threshold"] = random.Next(10, 80);
        qualification["minimumGrade"] = random.Next(4) == 0 ? "B" : "C";
        qualification["review"] = random.Next(2) == 0 ? "marketing" : "automatic";
        qualification["acceptWithinHours"] = random.Next(3) == 0 ? 0.01 : 24;
        qualification["coolDownDays"] = random.Next(3) switch { 0 => 0, 1 => 0.00004, _ => 30 };
        return document.ToJsonString();
    }

    private static int Points(string type, Random random)
    {
        var worth = Worth.First(w => w.Type == type);
        return random.Next(worth.Least, worth.Most + 1);
    }

    private static JsonObject Rule(string type, Random random)
    {
        var rule = new JsonObject { ["name"] = type, ["type"] = type, ["points"] = Points(type, random) };
        if (random.Next(3) switch { 0 => (double?)null, 1 => 0.01, _ => 20 } is { } days) rule["halfLifeDays"] = days;
        if (type.StartsWith("email", StringComparison.Ordinal) && random.Next(2) == 0) rule["maxPerDay"] = random.Next(1, 4);
        if (random.Next(4) == 0) rule["cap"] = 40;
        if (type == "demo_requested" || random.Next(20) == 0) rule["fastTrack"] = random.Next(2) == 0;
        return rule;
    }

    private static JsonObject Burst(Random random)
    {
        var burst = new JsonObject { ["types"] = new JsonArray(Clicked, "pricing_page_viewed") };
        var sign = random.Next(3);
        if (sign != 0) (burst["count"], burst["seconds"]) = (random.Next(2, 5), random.Next(1, 30));
        if (sign != 1) (burst["deliveredType"], burst["deliveredSeconds"]) = ("email_delivered", random.Next(1, 20));
        return burst;
    }
}
