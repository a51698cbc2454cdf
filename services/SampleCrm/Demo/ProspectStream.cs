namespace SampleCrm;

/// <summary>One engagement on its way; by their first form people become known, and attributes can be found; late is hours or days after it occurred.</summary>
public sealed record Posting(Engagement Engagement, Person Person, bool BecomesKnown, bool Late);

/// <summary>One request, so long after the begin of the live part. One engagement is posted singly, several as a batch.</summary>
public sealed record Delivery(TimeSpan At, IReadOnlyList<Posting> Postings);

/// <summary>The last 60 days, told after the fact: everybody's first form, as a migration begins with the known contacts; then the rest, some twice.</summary>
public sealed record Backlog(IReadOnlyList<Posting> SignUps, IReadOnlyList<Posting> Rest);

/// <summary>What prospects do and how producers report it: late, twice, in no order. The same seed, start and first wave give the same stream.</summary>
/// <param name="firstWave">0 has a backlog; a later one (an earlier run has played those before) has none.</param>
public sealed class ProspectStream(int seed, DateTimeOffset start, int firstWave = 0)
{
    public const int BacklogDays = 60, BatchSizeMax = 8;
    private const double BacklogRepeatShare = 0.04, RepeatShare = 0.06, LateShare = 0.05, BatchShare = 0.12;
    private const int JourneysAtOnce = 16, NewcomerDays = 10, RepeatAfterDeliveriesMax = 12;
    private readonly string run = $"{seed}-{start.ToUnixTimeSeconds()}";

    public Backlog Backlog()
    {
        var walks = firstWave > 0 ? [] : Walks(wave: 0);
        var all = walks.SelectMany(walk => walk.TakePast().Select(step => PostingOf(walk, step, start.AddDays(walk.Begin + step.Day), late: false))).ToList();
        var dice = Seeds.Dice(seed, "backlog");
        var rest = all.Where(posting => !posting.BecomesKnown).ToList();
        rest.AddRange(rest.Where(_ => dice.Chance(BacklogRepeatShare)).ToList());
        return new(dice.Shuffled(all.Where(posting => posting.BecomesKnown)), dice.Shuffled(rest));
    }

    /// <summary>Endless: when everybody's journey is over the next wave of people comes.</summary>
    /// <param name="rate">New engagements per second on average; repeats come on top.</param>
    public IEnumerable<Delivery> Live(DateTimeOffset liveStart, double rate)
    {
        var dice = Seeds.Dice(seed, "live", firstWave);
        using var coming = Coming().GetEnumerator();
        var underWay = new List<Walk>();
        var repeats = new List<(int AfterDeliveries, Posting Posting)>();
        var at = TimeSpan.Zero;
        for (var number = 0; ; number++)
        {
            while (underWay.Count < JourneysAtOnce && coming.MoveNext()) underWay.Add(coming.Current);
            var size = dice.Chance(BatchShare) ? dice.Next(2, BatchSizeMax + 1) : 1;
            var postings = new List<Posting>();
            // Different people in a batch, so that shuffling it cannot bring a person's mail before the form that names them.
            foreach (var walk in dice.Shuffled(underWay).Take(size))
            {
                at += TimeSpan.FromSeconds(-Math.Log(1 - dice.NextDouble()) / rate);
                var late = dice.Chance(LateShare);
                postings.Add(PostingOf(walk, walk.Take(), late ? (liveStart + at).AddHours(-dice.Between(2, 9 * 24)) : liveStart + at, late));
            }

            underWay.RemoveAll(walk => walk.IsOver);
            if (postings.Count > 1) postings.AddRange(postings.Where(_ => dice.Chance(RepeatShare)).Select(Again).ToList());
            var again = repeats.Where(repeat => repeat.AfterDeliveries <= number).ToList();
            repeats.RemoveAll(again.Contains);
            var repeated = postings.Where(_ => dice.Chance(RepeatShare));
            repeats.AddRange(repeated.Select(posting => (number + dice.Next(1, RepeatAfterDeliveriesMax + 1), Again(posting))));
            yield return new(at, dice.Shuffled(postings));
            foreach (var (_, posting) in again) yield return new(at, [posting]);
        }

        static Posting Again(Posting posting) => posting with { BecomesKnown = false };
    }

    /// <summary>The people a wave begins with: whoever of a wave is posted about first is one of them, with the cookie, for nobody joins before their
    /// turn.</summary>
    public static IReadOnlyList<Person> FirstOf(int seed, int wave)
    {
        var stream = new ProspectStream(seed, DateTimeOffset.UnixEpoch, wave);
        var people = wave == 0 ? stream.Backlog().SignUps.Select(posting => posting.Person) : stream.Coming().Select(walk => walk.Journey.Person);
        return [.. people.Take(JourneysAtOnce)];
    }

    private IEnumerable<Walk> Coming()
    {
        for (var wave = firstWave; ; wave++)
        {
            var walks = Walks(wave);
            if (wave == 0) walks.ForEach(walk => walk.TakePast());
            foreach (var walk in Seeds.Dice(seed, "coming", wave).Shuffled(walks.Where(walk => !walk.IsOver))) yield return walk;
        }
    }

    private List<Walk> Walks(int wave) =>
    [
        .. from person in Population.Of(seed, wave)
           let dice = Seeds.Dice(seed, $"journey {person.AnonymousId}")
           select new Walk(new Journey(person, dice), dice.Between(-BacklogDays, NewcomerDays)),
    ];

    private Posting PostingOf(Walk walk, Step step, DateTimeOffset occurredAt, bool late)
    {
        var person = walk.Journey.Person;
        var engagement = step.Engagement with
        {
            Id = $"{run}-{person.AnonymousId}-{step.Number}",
            OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(occurredAt.ToUnixTimeMilliseconds()), // Producers report milliseconds.
            Lead = new(Email: step.KnownBy == KnownBy.Cookie ? null : person.Email, AnonymousId: step.KnownBy == KnownBy.Email ? null : person.AnonymousId),
        };
        return new(engagement, person, BecomesKnown: step == walk.FirstForm, late);
    }

    /// <summary>A journey under way, begun so many days after the start of the stream.</summary>
    private sealed record Walk(Journey Journey, double Begin)
    {
        private int taken;
        public Step? FirstForm { get; } = Journey.Steps.FirstOrDefault(step => step.KnownBy == KnownBy.Form);
        public bool IsOver => taken == Journey.Steps.Count;
        public Step Take() => Journey.Steps[taken++];

        /// <summary>Takes the steps before the stream's start.</summary>
        public List<Step> TakePast()
        {
            List<Step> past = [.. Journey.Steps.TakeWhile(step => Begin + step.Day < 0)];
            taken = past.Count;
            return past;
        }
    }
}
