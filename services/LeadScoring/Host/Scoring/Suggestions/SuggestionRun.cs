using System.Diagnostics;
using System.Globalization;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Suggestions;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Backtests;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Rebuilding;
using LeadScoring.Host.Operations;
using LeadScoring.Host.Scoring.Models;
using Npgsql;

namespace LeadScoring.Host.Scoring.Suggestions;

/// <summary>
/// Weighs a model's rules by how a tenant's handoffs ended, and drafts a version of what it finds. Reads the log once, and then the
/// streams of the leads that were handed off.
/// </summary>
public sealed class SuggestionRun(NpgsqlDataSource dataSource, EventTypes types, LeadStreams streams, ModelStreams models, TimeProvider clock)
{
    /// <summary>Handoffs learned from, about 1 KB each; of more, those of every second lead, every fourth, ...</summary>
    public const int SamplesMax = 200_000;

    /// <summary>Who drafts.</summary>
    public const string Actor = "leadscoring";

    private const int DraftAttemptsMax = 5;

    private readonly LogScan _log = new(dataSource);

    /// <param name="suggestionId">The draft names it as where its numbers come from.</param>
    /// <param name="document">Of the version whose rules are weighed.</param>
    /// <param name="request">Its version has been looked up.</param>
    /// <returns>The same for the same request, document and log position; then also the draft is made only once.</returns>
    /// <exception cref="RuleViolation"><c>model_version_not_found</c>, <c>too_many_model_versions</c>.</exception>
    /// <exception cref="UnreadableEventException">A stored body does not fit its type.</exception>
    public async Task<SuggestionResult> RunAsync(
        string tenantId, Guid suggestionId, string document, SuggestionRequest request, WorkProgress progress, Pace pace, CancellationToken ct)
    {
        var model = ScoringModelDocument.Read(Encoding.UTF8.GetBytes(document));
        var target = request.Target ?? SuggestionTarget.Accepted;
        var end = Math.Min(request.UpTo ?? long.MaxValue, await _log.FindEndAsync(ct));
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await BacktestRun.ExpectAsync(connection, tenantId, progress, ct);
        var outcomes = new HandoffOutcomes(types, request.From, request.To, SamplesMax);
        var started = Stopwatch.GetTimestamp();
        await LogScan.VisitAsync(
            connection,
            new(After: 0, end, TenantId: tenantId),
            outcomes.Take,
            async events =>
            {
                progress.Add(leads: 0, events);
                await pace.RestAsync(Stopwatch.GetElapsedTime(started), ct);
                started = Stopwatch.GetTimestamp();
            },
            ct);

        var decided = outcomes.All.Where(h => h.Has(target) is not null).ToList();
        var samples = await new HandoffSamples(streams, tenantId, model, target).ReadAsync(connection, decided, progress, pace, ct);
        var suggestion = PointsFromOutcomes.Propose(samples, model, document, ct);
        var counts = new SuggestionSamples(
            outcomes.Handoffs, outcomes.All.Count - decided.Count, samples.Count, samples.Count(s => s.IsPositive), samples.Count(s => !s.IsPositive));
        var draft = suggestion.Proposal is { } proposal
            ? await DraftAsync(tenantId, new(proposal.Document, model.Version, Actor, Note(target, counts, end), suggestionId), ct)
            : null;
        return SuggestionResults.Of(end, target, model, suggestion, counts, outcomes.LeadsPerSample, draft);
    }

    private static string Note(SuggestionTarget target, SuggestionSamples counts, long end) => string.Create(
        CultureInfo.InvariantCulture,
        $"Suggested from {counts.Used} handoffs, {counts.WithOutcome} of them {WordOf(target)}, up to log position {end}.");

    private static string WordOf(SuggestionTarget target) => target switch
    {
        SuggestionTarget.Accepted => "accepted",
        SuggestionTarget.Opportunity => "with an opportunity",
        SuggestionTarget.Won => "won",
        _ => throw new ArgumentOutOfRangeException(nameof(target)),
    };

    private async Task<ModelVersion> DraftAsync(string tenantId, DraftModel command, CancellationToken ct)
    {
        for (var attempt = 1; attempt <= DraftAttemptsMax; attempt++)
        {
            var now = clock.GetUtcNow();
            var catalog = await models.ReadAsync(tenantId, knownAt: null, ct);
            var facts = command.Decide(catalog, now);
            if (facts.Count == 0) return command.MadeIn(catalog);
            if (!await models.AppendAsync(tenantId, catalog, facts, EventMetadata.None with { Actor = Actor }, latest: null, ct)) continue;
            return command.MadeIn(facts.Aggregate(catalog, (c, fact) => c.Evolve(fact)));
        }

        throw new TimeoutException("The tenant's models changed again and again while a version was drafted.");
    }
}
