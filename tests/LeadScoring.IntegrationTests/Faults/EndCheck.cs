using LeadScoring.Contracts;
using LeadScoring.Domain.Identities;
using IdentityKind = LeadScoring.Domain.Identities.IdentityKind;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>Compares what the service holds and shows, when all is quiet again, with what was put in.</summary>
internal sealed class EndCheck(Prospects prospects, Answers answers, TwoInstances service)
{
    private const int DifferencesShownMax = 20;

    /// <summary>Sums in another order differ by less; a microsecond's decay, which the database cuts off, too.</summary>
    private const double ScoreTolerance = 1e-6;

    private readonly Reference _reference = new(prospects);
    private readonly List<string> _differences = [];

    /// <summary>Every acknowledged engagement once in the log, every lead as the reference says, <c>verify</c> clean.</summary>
    public async Task HoldsAsync()
    {
        answers.Complaints.ShouldBeEmpty();
        answers.Acknowledged.Count.ShouldBe(prospects.All.Count(), "every engagement was acknowledged");

        var log = await service.ReadLogAsync();
        log.Damage.ShouldBeEmpty();
        Compare(log);
        _differences.ShouldBeEmpty();

        var leadOf = LeadsByProspect(log);
        _differences.ShouldBeEmpty();
        log.Leads.ShouldBe(leadOf.Values, ignoreOrder: true);

        foreach (var (prospect, lead) in leadOf)
        {
            Compare(prospect, log.Scores[lead]);
            Compare(prospect, await service.LeadAsync(lead, instance: prospect), leadOf);
        }

        _differences.ShouldBeEmpty();
        await service.VerifyAsync();
    }

    /// <summary>Told once that it was recorded, and at every repeat that it had been.</summary>
    public void EachWasRecordedOnceAndThenADuplicate()
    {
        foreach (var (engagement, answer) in answers.Acknowledged)
        {
            if (answer.Recorded != 1) Differ($"{Answers.Name(engagement)} was said to be recorded {answer.Recorded} times");
            string[] expected = engagement.Rival is null ? [] : ["identity_conflict"];
            if (!answer.Warnings.SequenceEqual(expected))
            {
                Differ($"{Answers.Name(engagement)} got the warnings [{string.Join(", ", answer.Warnings)}]");
            }
        }

        _differences.ShouldBeEmpty();
    }

    private void Compare(LogCheck log)
    {
        var logged = log.Engagements.ToLookup(e => (e.Source, e.Id));
        foreach (var (engagement, answer) in answers.Acknowledged)
        {
            var found = logged[(engagement.Fact.Source, engagement.Fact.Id)].ToList();
            if (found.Count != 1) Differ($"{Answers.Name(engagement)} is {found.Count} times in the log");
            else if (found[0].EventId != answer.EngagementId || found[0].Lead != answer.LeadId)
            {
                Differ($"{Answers.Name(engagement)} was answered as {answer.EngagementId} of {answer.LeadId}, the log has {found[0]}");
            }
        }

        if (log.Engagements.Count != answers.Acknowledged.Count)
        {
            Differ($"{log.Engagements.Count} engagements in the log, {answers.Acknowledged.Count} were posted");
        }
    }

    /// <summary>All names of a prospect lead to one lead, which has all of the prospect's engagements.</summary>
    private Dictionary<int, Guid> LeadsByProspect(LogCheck log)
    {
        var leadOf = new Dictionary<int, Guid>();
        foreach (var prospect in _reference.Prospects)
        {
            var identities = prospects.People[prospect].Identities;
            var holders = identities.Select(i => log.HolderOf.GetValueOrDefault(i.Value)).Distinct().ToList();
            if (holders.Count == 1) leadOf[prospect] = holders[0];
            else Differ($"prospect {prospect} is {holders.Count} leads: {string.Join(", ", holders)}");
        }

        foreach (var (engagement, answer) in answers.Acknowledged)
        {
            if (leadOf.TryGetValue(engagement.Prospect, out var lead) && lead != answer.LeadId)
            {
                Differ($"{Answers.Name(engagement)} of prospect {engagement.Prospect} went to {answer.LeadId}, not {lead}");
            }
        }

        return leadOf;
    }

    /// <summary>One decimal hides what a wrong daily cap does: it swaps an engagement for another of the same day.</summary>
    private void Compare(int prospect, StoredScore stored)
    {
        var expected = _reference.Of(prospect, stored.At).UnroundedScore;
        if (Math.Abs(stored.Score - expected) > ScoreTolerance)
        {
            Differ($"prospect {prospect}: stored score {stored.Score}, expected {expected} at {stored.At:O}");
        }
    }

    private void Compare(int prospect, LeadView view, Dictionary<int, Guid> leadOf)
    {
        var expected = _reference.Of(prospect, view.ScoreAsOf);
        var engagements = view.Engagements;
        Same(prospect, "score", view.Score, expected.Score);
        Same(prospect, "qualifying score", view.QualifyingScore, expected.Score);
        Same(prospect, "count", engagements.Count, expected.Count);
        Same(prospect, "first", engagements.FirstAt, expected.FirstAt);
        Same(prospect, "last", engagements.LastAt, expected.LastAt);
        SameSet(prospect, "types", engagements.CountByType, expected.CountByType);
        SameSet(prospect, "sources", engagements.Sources, expected.Sources);
        SameSet(prospect, "campaigns", engagements.Campaigns, expected.Campaigns);
        SameSet(prospect, "products", engagements.Products, expected.Products);
        SameSet(prospect, "identities", IdentitiesOf(view), expected.Identities);
        SameSet(
            prospect,
            "conflicts",
            view.IdentityConflicts.Select(c => ((IdentityKind)c.Kind, c.LeadId)),
            expected.Conflicts.Select(c => (c.Kind, leadOf[c.Prospect])));
        var isPossible = expected.Stage switch
        {
            StageBound.NeverQualified => view.Stage == Stage.Inquiry,
            StageBound.Either => view.Stage is Stage.Inquiry or Stage.AutomationQualified,
            StageBound.AwaitsReview => view.Stage == Stage.AutomationQualified,
            _ => view.Stage == Stage.MarketingQualified,
        };
        if (!isPossible) Differ($"prospect {prospect}: stage {view.Stage}, expected {expected.Stage}");
    }

    private static IEnumerable<Identity> IdentitiesOf(LeadView view) =>
    [
        .. view.Identities.ExternalIds.Select(v => new Identity(IdentityKind.ExternalId, v)),
        .. view.Identities.Emails.Select(v => new Identity(IdentityKind.Email, v)),
        .. view.Identities.AnonymousIds.Select(v => new Identity(IdentityKind.AnonymousId, v)),
    ];

    private void Same<T>(int prospect, string what, T found, T expected)
    {
        if (!EqualityComparer<T>.Default.Equals(found, expected))
        {
            Differ($"prospect {prospect}: {what} {found}, expected {expected}");
        }
    }

    /// <summary>In any order, but each once.</summary>
    private void SameSet<T>(int prospect, string what, IEnumerable<T> found, IEnumerable<T> expected)
    {
        var (foundOnes, expectedOnes) = (found.ToList(), expected.ToList());
        if (foundOnes.Count != expectedOnes.Count || foundOnes.Except(expectedOnes).Any())
        {
            Differ($"prospect {prospect}: {what} [{string.Join(", ", foundOnes)}], expected [{string.Join(", ", expectedOnes)}]");
        }
    }

    private void Differ(string difference)
    {
        if (_differences.Count < DifferencesShownMax) _differences.Add(difference);
    }
}
