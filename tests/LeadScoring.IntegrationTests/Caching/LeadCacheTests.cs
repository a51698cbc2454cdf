using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Events;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Leads.Caching;
using LeadScoring.Host.Leads.Writing;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.Options;

namespace LeadScoring.IntegrationTests.Caching;

public sealed class LeadCacheTests
{
    private readonly SetTimestamp _clock = new();

    [Fact]
    public void A_lead_is_found_by_its_id_and_by_each_of_its_names()
    {
        var cache = Cache();
        var row = Row(1, version: 3);
        Load(cache, row);

        Shows(cache.Find(Stream(1)), row);
        cache.VersionOf(Stream(1)).ShouldBe(3);
        cache.HolderOf("acme", Email(1)).ShouldBe(Stream(1));
        cache.HolderOf("globex", Email(1)).ShouldBeNull();
        cache.HolderOf("acme", Email(2)).ShouldBeNull();
    }

    [Fact]
    public void What_is_older_does_not_replace_what_is_newer()
    {
        var cache = Cache();
        Write(cache, Row(1, version: 5));

        Load(cache, Row(1, version: 4));

        cache.Find(Stream(1))!.Lead.Version.ShouldBe(5);
    }

    [Fact]
    public void A_dropped_lead_is_gone()
    {
        var cache = Cache();
        Load(cache, Row(1, version: 1));

        cache.Drop(Stream(1));

        cache.Find(Stream(1)).ShouldBeNull();
    }

    [Fact]
    public void However_many_are_put_in_no_more_are_kept_than_the_bound()
    {
        var cache = Cache(max: 100);
        for (var i = 0; i < 10_000; i++) Load(cache, Row(i, version: 1));

        Enumerable.Range(0, 10_000).Count(i => cache.Find(Stream(i)) is not null).ShouldBeInRange(50, 100);
    }

    [Fact]
    public void What_is_used_stays_while_others_come_and_go()
    {
        var cache = Cache(max: 100);
        Load(cache, Row(-1, version: 1));
        for (var i = 0; i < 10_000; i++)
        {
            Load(cache, Row(i, version: 1));
            cache.Find(Stream(-1)).ShouldNotBeNull();
            cache.HolderOf("acme", Email(-1)).ShouldNotBeNull();
        }
    }

    [Fact]
    public void After_a_while_a_lead_is_to_be_loaded_again_however_often_it_was_written_meanwhile()
    {
        var cache = Cache();
        Load(cache, Row(1, version: 1));
        _clock.Advance(LeadCache.TrustedMax / 2);
        Write(cache, Row(1, version: 2));
        cache.Find(Stream(1)).ShouldNotBeNull();

        _clock.Advance(LeadCache.TrustedMax);
        cache.Find(Stream(1)).ShouldBeNull();
        Write(cache, Row(1, version: 3));
        cache.Find(Stream(1)).ShouldBeNull("writing it says nothing about who holds its names");

        Load(cache, Row(1, version: 3));
        cache.Find(Stream(1)).ShouldNotBeNull();
    }

    [Fact]
    public void A_cache_of_nothing_keeps_nothing()
    {
        var cache = Cache(max: 0);

        Load(cache, Row(1, version: 1));

        cache.Find(Stream(1)).ShouldBeNull();
    }

    [Fact]
    public void Guesses_are_trusted_until_many_are_wrong_and_again_when_they_are_right()
    {
        var trust = new CacheTrust();
        trust.Note(guesses: 1000, wrong: 10);
        trust.IsWorthIt.ShouldBeTrue();

        trust.Note(guesses: 1000, wrong: 900);
        trust.IsWorthIt.ShouldBeFalse();

        trust.Note(guesses: 0, wrong: 0);
        trust.IsWorthIt.ShouldBeFalse();
        for (var i = 0; i < 20; i++) trust.Note(guesses: 500, wrong: 0);
        trust.IsWorthIt.ShouldBeTrue();
    }

    private LeadCache Cache(int max = 1000) => new(Options.Create(new WriterOptions { CachedLeadsMax = max }), _clock);

    private static void Load(LeadCache cache, LeadDocument row) => cache.PutLoaded(row);

    private static void Write(LeadCache cache, LeadDocument row) => cache.PutWritten(row);

    private static void Shows(LeadDocument? found, LeadDocument put) => found.ShouldBe(put);

    private static Identity Email(int number) => new(IdentityKind.Email, $"{number}@example.com");

    private static StreamKey Stream(int number) => new("acme", new Guid(number, 0, 0, new byte[8]));

    private static LeadDocument Row(int number, long version) => LeadDocument.Of(
        "acme",
        Lead.New(Stream(number).StreamId, ScoringModelDocument.Default) with { Version = version, Identities = [Email(number)] },
        DateTimeOffset.UnixEpoch,
        ScoringModelDocument.Default,
        DateTimeOffset.UnixEpoch);
}
