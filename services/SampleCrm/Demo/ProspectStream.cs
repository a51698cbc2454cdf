using LeadScoring.Contracts;

namespace SampleCrm.Demo;

/// <summary>One engagement on its way to the service.</summary>
/// <param name="BecomesKnown">The first form of this person: from here on attributes can be found.</param>
/// <param name="Late">Posted hours or days after it occurred.</param>
public sealed record Posting(Engagement Engagement, Person Person, bool BecomesKnown, bool Late);

/// <summary>One request.</summary>
/// <param name="At">When it is sent, from the begin of the live part.</param>
/// <param name="Postings">One is posted singly, several as a batch.</param>
public sealed record Delivery(TimeSpan At, IReadOnlyList<Posting> Postings);

/// <summary>The last 60 days, told after the fact.</summary>
/// <param name="SignUps">Everybody's first form. These come first, as a migration would begin with the known contacts.</param>
/// <param name="Rest">Everything else, shuffled, some of it twice.</param>
public sealed record Backlog(IReadOnlyList<Posting> SignUps, IReadOnlyList<Posting> Rest);

/// <summary>
/// What prospects do and how producers report it: late, twice, in no particular order. The same seed, start and first wave
/// give the same stream; nothing here looks at a clock.
/// </summary>
/// <param name="start">The instant between backlog and live.</param>
/// <param name="firstWave">0 has a backlog; a later one (an earlier run has played those before) has none.</param>
public sealed class ProspectStream(int seed, DateTimeOffset start, int firstWave = 0)
{
    public const int BacklogDays = 60;
    public const double BacklogRepeatShare = 0.04;
    public const double RepeatShare = 0.06;
    public const double LateShare = 0.05;
    public const double BatchShare = 0.12;
    public const int BatchSizeMax = 8;
    public const int JourneysAtOnce = 16;
    private const int NewcomerDays = 10;
    private const int RepeatAfterDeliveriesMax = 12;

    private readonly string run = $"{seed}-{start.ToUnixTimeSeconds()}";

    public Backlog Backlog()
    {
        var signUps = new List<Posting>();
        var rest = new List<Posting>();
        if (firstWave > 0) return new(signUps, rest);

        foreach (var (journey, begin) in Journeys(wave: 0))
        {
            var known = false;
            foreach (var step in journey.Steps.Where(step => IsBacklog(begin, step)))
            {
                var occurredAt = Whole(start.AddDays(begin + step.Day));
                var becomesKnown = step.KnownBy == KnownBy.Form && !known;
                var posting = new Posting(Engage(journey, step, occurredAt), journey.Person, becomesKnown, Late: false);
                (becomesKnown ? signUps : rest).Add(posting);
                known |= becomesKnown;
            }
        }

        var dice = Seeds.Dice(seed, "backlog");
        rest.AddRange(rest.Where(_ => dice.Chance(BacklogRepeatShare)).ToList());
        return new(Shuffled(signUps, dice), Shuffled(rest, dice));
    }

    /// <summary>Endless: when everybody's journey is over the next wave of people comes.</summary>
    /// <param name="liveStart">The instant from which <see cref="Delivery.At"/> counts.</param>
    /// <param name="rate">New engagements per second on average; repeats come on top.</param>
    public IEnumerable<Delivery> Live(DateTimeOffset liveStart, double rate)
    {
        var dice = Seeds.Dice(seed, "live", firstWave);
        using var coming = ComingJourneys().GetEnumerator();
        var underWay = new List<Walk>();
        var repeats = new List<(int AfterDeliveries, Posting Posting)>();
        var at = TimeSpan.Zero;
        for (var number = 0; ; number++)
        {
            while (underWay.Count < JourneysAtOnce && coming.MoveNext()) underWay.Add(coming.Current);

            var size = dice.Chance(BatchShare) ? dice.Next(2, BatchSizeMax + 1) : 1;
            var postings = new List<Posting>();
            // Different people in a batch, so that shuffling it cannot bring a person's mail before the form that names them.
            foreach (var walk in Shuffled(underWay, dice).Take(size))
            {
                at += TimeSpan.FromSeconds(-Math.Log(1 - dice.NextDouble()) / rate);
                postings.Add(NextPosting(walk, dice, liveStart + at));
            }

            underWay.RemoveAll(walk => walk.IsOver);
            if (postings.Count > 1) postings.AddRange(postings.Where(_ => dice.Chance(RepeatShare)).Select(Again).ToList());
            var again = repeats.Where(r => r.AfterDeliveries <= number).ToList();
            repeats.RemoveAll(again.Contains);
            foreach (var posting in postings.Where(_ => dice.Chance(RepeatShare)))
            {
                repeats.Add((number + dice.Next(1, RepeatAfterDeliveriesMax + 1), Again(posting)));
            }

            yield return new(at, Shuffled(postings, dice));
            foreach (var (_, posting) in again) yield return new(at, [posting]);
        }
    }

    /// <summary>
    /// The people a wave begins with. Whoever of a wave is posted about first is one of them, and with the cookie: no more than
    /// <see cref="JourneysAtOnce"/> people are under way, and nobody joins before their turn.
    /// </summary>
    public static IReadOnlyList<Person> FirstOf(int seed, int wave)
    {
        var stream = new ProspectStream(seed, DateTimeOffset.UnixEpoch, wave);
        var people = wave == 0
            ? stream.Backlog().SignUps.Select(posting => posting.Person)
            : stream.ComingJourneys().Select(walk => walk.Journey.Person);
        return people.Take(JourneysAtOnce).ToList();
    }

    private Posting NextPosting(Walk walk, Random dice, DateTimeOffset now)
    {
        var step = walk.TakeStep();
        var late = dice.Chance(LateShare);
        var occurredAt = late ? now.AddHours(-dice.Between(2, 9 * 24)) : now;
        return new(Engage(walk.Journey, step, Whole(occurredAt)), walk.Journey.Person, walk.JustBecameKnown, late);
    }

    private static Posting Again(Posting posting) => posting with { BecomesKnown = false };

    private IEnumerable<Walk> ComingJourneys()
    {
        for (var wave = firstWave; ; wave++)
        {
            var begun = wave == 0
                ? Journeys(wave).Select(j => new Walk(j.Journey, stepsDone: j.Journey.Steps.Count(step => IsBacklog(j.Begin, step))))
                : Journeys(wave).Select(j => new Walk(j.Journey, stepsDone: 0));
            foreach (var walk in Shuffled(begun.Where(walk => !walk.IsOver).ToList(), Seeds.Dice(seed, "coming", wave))) yield return walk;
        }
    }

    /// <summary>Everybody's journey and the day it begins, 0 being the start.</summary>
    private IEnumerable<(Journey Journey, double Begin)> Journeys(int wave)
    {
        foreach (var person in Population.Of(seed, wave))
        {
            var dice = Seeds.Dice(seed, $"journey {person.AnonymousId}");
            yield return (Journey.Of(person, dice), dice.Between(-BacklogDays, NewcomerDays));
        }
    }

    private static bool IsBacklog(double begin, Step step) => begin + step.Day < 0;

    private Engagement Engage(Journey journey, Step step, DateTimeOffset occurredAt)
    {
        var person = journey.Person;
        return new(
            Id: $"{run}-{person.AnonymousId}-{step.Number}",
            step.Source,
            step.Type,
            occurredAt,
            new LeadReference(
                Email: step.KnownBy == KnownBy.Cookie ? null : person.Email,
                AnonymousId: step.KnownBy == KnownBy.Email ? null : person.AnonymousId),
            step.Campaign,
            step.Channel,
            step.Asset,
            step.Product,
            step.Properties.Count == 0 ? null : step.Properties);
    }

    /// <summary>Producers report milliseconds.</summary>
    private static DateTimeOffset Whole(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());

    private static List<T> Shuffled<T>(IReadOnlyList<T> items, Random dice)
    {
        var shuffled = items.ToArray();
        dice.Shuffle(shuffled);
        return [.. shuffled];
    }

    /// <summary>A journey under way.</summary>
    private sealed class Walk(Journey journey, int stepsDone)
    {
        private int taken = stepsDone;
        private bool known = journey.Steps.Take(stepsDone).Any(step => step.KnownBy == KnownBy.Form);

        public Journey Journey => journey;

        public bool IsOver => taken == journey.Steps.Count;

        /// <summary>The step taken last was this person's first form.</summary>
        public bool JustBecameKnown { get; private set; }

        public Step TakeStep()
        {
            var step = journey.Steps[taken++];
            JustBecameKnown = step.KnownBy == KnownBy.Form && !known;
            known |= JustBecameKnown;
            return step;
        }
    }
}
