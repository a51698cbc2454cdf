using System.Text.Json;
using LeadScoring.Contracts;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

public sealed class ProspectStreamTests
{
    private const int Seed = 42;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_same_seed_tells_the_same_story_to_the_letter()
    {
        Told(Seed).ShouldBe(Told(Seed));

        static string Told(int seed)
        {
            var stream = new ProspectStream(seed, Start);
            return JsonSerializer.Serialize(new { Backlog = stream.Backlog(), Live = stream.Live(Start, rate: 8).Take(2_000) });
        }
    }

    [Fact]
    public void Another_seed_brings_other_people()
    {
        var some = Population.Of(Seed, wave: 0).Select(person => person.Email);

        some.Intersect(Population.Of(Seed + 1, wave: 0).Select(person => person.Email)).ShouldBeEmpty();
    }

    [Fact]
    public void A_later_wave_is_new_people_without_a_past()
    {
        var earlier = Population.Of(Seed, wave: 0);
        var stream = new ProspectStream(Seed, Start, firstWave: 1);

        stream.Backlog().Rest.ShouldBeEmpty();
        stream.Backlog().SignUps.ShouldBeEmpty();
        var later = stream.Live(Start, rate: 8).Take(500).SelectMany(delivery => delivery.Postings).Select(p => p.Person).ToList();
        later.Select(person => person.Email).Intersect(earlier.Select(person => person.Email)).ShouldBeEmpty();
        later.Select(person => person.AnonymousId).Intersect(earlier.Select(person => person.AnonymousId)).ShouldBeEmpty();
    }

    [Fact]
    public void Everybody_is_told_apart_by_cookie_and_by_mail()
    {
        var people = Population.Of(Seed, wave: 0);

        people.Count.ShouldBe(Population.People);
        people.Select(person => person.Email).ShouldBeUnique();
        people.Select(person => person.AnonymousId).ShouldBeUnique();
        people.Select(person => person.Persona).Distinct().Count().ShouldBe(Enum.GetValues<Persona>().Length);
    }

    [Fact]
    public void The_backlog_is_the_last_sixty_days_out_of_order_and_partly_twice()
    {
        var backlog = new ProspectStream(Seed, Start).Backlog();
        var all = backlog.SignUps.Concat(backlog.Rest).Select(posting => posting.Engagement).ToList();

        all.ShouldAllBe(e => e.OccurredAt >= Start.AddDays(-ProspectStream.BacklogDays) && e.OccurredAt < Start);
        var repeats = all.Count - all.Select(e => e.Id).Distinct().Count();
        ((double)repeats / backlog.Rest.Count).ShouldBeInRange(0.025, 0.055);
        var earlierThanTheOneBefore = all.Zip(all.Skip(1)).Count(pair => pair.Second.OccurredAt < pair.First.OccurredAt);
        ((double)earlierThanTheOneBefore / all.Count).ShouldBeInRange(0.4, 0.6);
    }

    [Fact]
    public void Live_posts_come_late_and_twice_in_the_promised_shares()
    {
        var deliveries = new ProspectStream(Seed, Start).Live(Start, rate: 8).Take(6_000).ToList();
        var postings = deliveries.SelectMany(delivery => delivery.Postings).ToList();
        var firsts = postings.DistinctBy(posting => posting.Engagement.Id).ToList();
        var postedAt = deliveries
            .SelectMany(delivery => delivery.Postings.Select(posting => (posting.Engagement.Id, At: Start + delivery.At)))
            .DistinctBy(posted => posted.Id)
            .ToDictionary(posted => posted.Id, posted => posted.At);

        Share(postings.Count - firsts.Count, firsts.Count).ShouldBeInRange(0.05, 0.10);
        Share(firsts.Count(posting => posting.Late), firsts.Count).ShouldBeInRange(0.04, 0.06);
        Share(deliveries.Count(delivery => delivery.Postings.Count > 1), deliveries.Count).ShouldBeInRange(0.08, 0.14);
        deliveries.Count(HoldsOneTwice).ShouldBeGreaterThan(10);
        firsts.ShouldAllBe(posting => posting.Late == (posting.Engagement.OccurredAt < postedAt[posting.Engagement.Id].AddHours(-1)));

        static double Share(int part, int whole) => (double)part / whole;
        static bool HoldsOneTwice(Delivery delivery) => delivery.Postings.DistinctBy(p => p.Engagement.Id).Count() < delivery.Postings.Count;
    }

    [Fact]
    public void Live_posts_keep_the_pace_and_never_come_from_the_future()
    {
        const int rate = 20;
        var deliveries = new ProspectStream(Seed, Start).Live(Start, rate).Take(5_000).ToList();

        var firsts = deliveries.SelectMany(delivery => delivery.Postings).DistinctBy(posting => posting.Engagement.Id).Count();
        (firsts / deliveries[^1].At.TotalSeconds).ShouldBeInRange(rate * 0.95, rate * 1.05);
        deliveries.Zip(deliveries.Skip(1)).ShouldAllBe(pair => pair.First.At <= pair.Second.At);
        deliveries.ShouldAllBe(delivery => delivery.Postings.All(posting => posting.Engagement.OccurredAt <= Start + delivery.At));
    }

    [Fact]
    public void One_id_always_says_the_same()
    {
        var said = Everything().GroupBy(posting => (posting.Engagement.Source, posting.Engagement.Id));

        said.ShouldAllBe(same => same.Select(posting => JsonSerializer.Serialize(posting.Engagement, JsonSerializerOptions.Web)).Distinct().Count() == 1);
    }

    [Fact]
    public void Nobody_is_written_to_before_a_form_told_the_address()
    {
        var known = new HashSet<string>();
        foreach (var posting in Everything())
        {
            var who = posting.Engagement.Lead;
            if (who is { Email: { } email, AnonymousId: not null }) known.Add(email);
            else if (who.Email is not null) known.ShouldContain(who.Email, $"{posting.Engagement.Type} came before the form");
        }
    }

    [Fact]
    public void Attributes_are_looked_up_once_a_person_at_the_first_form()
    {
        var lookUps = Everything().Where(posting => posting.BecomesKnown).ToList();

        lookUps.Select(posting => posting.Person.Email).ShouldBeUnique();
        lookUps.ShouldAllBe(posting => posting.Engagement.Lead.Email == posting.Person.Email);
    }

    [Fact]
    public void Every_engagement_keeps_to_the_limits_of_the_API()
    {
        foreach (var posting in Everything())
        {
            var engagement = posting.Engagement;
            engagement.Id.Length.ShouldBeInRange(1, 128);
            engagement.Source.Length.ShouldBeInRange(1, 64);
            engagement.Type.ShouldMatch("^[a-z][a-z0-9_]{0,63}$");
            engagement.Lead.AnonymousId?.Length.ShouldBeInRange(1, 128);
            engagement.Lead.Email?.ShouldMatch(@"^[a-z0-9.\-]+@[a-z0-9\-]+\.example$");
            engagement.Lead.Email?.Length.ShouldBeInRange(6, 254);
            (engagement.Properties?.Count ?? 0).ShouldBeLessThanOrEqualTo(32);
        }
    }

    [Fact]
    public void Whoever_is_posted_about_first_in_a_wave_is_one_of_its_first()
    {
        var stream = new ProspectStream(Seed, Start);
        ProspectStream.FirstOf(Seed, wave: 0).ShouldContain(stream.Backlog().SignUps[0].Person);

        var next = ProspectStream.FirstOf(Seed, wave: 1);
        var newcomers = Population.Of(Seed, wave: 1).ToHashSet();
        var first = stream.Live(Start, rate: 8).SelectMany(delivery => delivery.Postings).First(posting => newcomers.Contains(posting.Person));
        next.ShouldContain(first.Person);
        first.Engagement.Lead.AnonymousId.ShouldBe(first.Person.AnonymousId);
    }

    [Fact]
    public void Attributes_have_the_names_and_values_the_default_model_reads()
    {
        var student = Population.Of(Seed, wave: 0).First(person => person.Persona == Persona.Student);
        var rival = Population.Of(Seed, wave: 0).First(person => person.Persona == Persona.Competitor);

        student.Attributes().Attributes["seniority"].GetString().ShouldBe("student");
        rival.Attributes().Attributes["relationship"].GetString().ShouldBe("competitor");
        Population.Of(Seed, wave: 0).Select(person => person.Attributes()).Count(patch => patch.Attributes.ContainsKey("company_size")).ShouldBeInRange(330, 390);
    }

    private static List<Posting> Everything()
    {
        var stream = new ProspectStream(Seed, Start);
        var backlog = stream.Backlog();
        return [.. backlog.SignUps, .. backlog.Rest, .. stream.Live(Start, rate: 8).Take(4_000).SelectMany(delivery => delivery.Postings)];
    }
}
