namespace LeadScoring.IntegrationTests.Faults;

/// <summary>Who posts what, when and in which company.</summary>
internal static class Schedule
{
    private const int RepeatsMin = 2;
    private const int RepeatsMax = 3;

    /// <summary>Of a hundred requests so many are this large; the rest are single posts.</summary>
    private static readonly (int Percent, int SizeMin, int SizeMax)[] Batches = [(5, 2, 9), (3, 10, 40), (2, 41, 120)];

    /// <summary>
    /// Every engagement goes to two or three producers; each has an order of its own and cuts it into singles and batches.
    /// </summary>
    /// <returns>Per producer its requests in order.</returns>
    public static PlainEngagement[][][] Deal(IReadOnlyList<PlainEngagement> engagements, int producers, int seed)
    {
        var random = new Random(seed);
        var hands = Enumerable.Range(0, producers).Select(_ => new List<PlainEngagement>()).ToArray();
        foreach (var engagement in engagements)
        {
            var first = random.Next(producers);
            for (var repeat = random.Next(RepeatsMin, RepeatsMax + 1); repeat > 0; repeat--)
            {
                hands[(first + (repeat * producers / RepeatsMax)) % producers].Add(engagement);
            }
        }

        return [.. hands.Select(hand => Requests(hand.ToArray(), random))];
    }

    /// <summary>Cuts a deal into rounds: in each of them every producer has about as much to do.</summary>
    public static IEnumerable<PlainEngagement[][][]> InRounds(PlainEngagement[][][] hands, int rounds) =>
        Enumerable.Range(0, rounds).Select(round => hands
            .Select(requests => requests[(requests.Length * round / rounds)..(requests.Length * (round + 1) / rounds)])
            .ToArray());

    private static PlainEngagement[][] Requests(PlainEngagement[] hand, Random random)
    {
        random.Shuffle(hand);
        var requests = new List<PlainEngagement[]>();
        for (var start = 0; start < hand.Length; start += requests[^1].Length)
        {
            requests.Add(hand[start..Math.Min(hand.Length, start + SizeOfChance(random))]);
        }

        return [.. requests];
    }

    private static int SizeOfChance(Random random)
    {
        var chance = random.Next(100);
        foreach (var (percent, min, max) in Batches)
        {
            if ((chance -= percent) < 0) return random.Next(min, max + 1);
        }

        return 1;
    }
}
