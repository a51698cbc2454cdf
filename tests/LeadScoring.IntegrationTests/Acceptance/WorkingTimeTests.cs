using System.Globalization;
using LeadScoring.Host.Acceptance;
using NodaTime;

namespace LeadScoring.IntegrationTests.Acceptance;

/// <summary>Working time over nights, weekends, holidays and the two nights a year when the clock is put forward and back.</summary>
public sealed class WorkingTimeTests
{
    private const string Berlin = "Europe/Berlin";
    private const string NewYork = "America/New_York";
    private const int SamplesMax = 150;

    /// <summary>Zone, week, from, hours of work, until when. The offsets are what the zone's wall clock shows then.</summary>
    public static TheoryData<string, string, string, double, string> Cases => new()
    {
        // The weekend and the spring change lie between: one hour on Friday, eight on Monday and on Tuesday, seven on Wednesday.
        { Berlin, "mon-fri 9-17", "2026-03-27T16:00+01:00", 24, "2026-04-01T16:00+02:00" },
        { Berlin, "mon-fri 9-17", "2026-03-27T20:00+01:00", 1, "2026-03-30T10:00+02:00" },
        { Berlin, "mon-fri 9-17", "2026-10-23T16:00+02:00", 2, "2026-10-26T10:00+01:00" },
        { Berlin, "mon-fri 9-17", "2026-03-02T09:00+01:00", 8, "2026-03-02T17:00+01:00" },
        { Berlin, "mon-fri 9-17", "2026-03-02T09:00+01:00", 8.5, "2026-03-03T09:30+01:00" },
        { Berlin, "mon-fri 9-12 13-17", "2026-03-02T11:30+01:00", 1, "2026-03-02T13:30+01:00" },

        // Around the clock an hour is an hour.
        { Berlin, "sun-sat 0-24", "2026-03-28T12:00+01:00", 24, "2026-03-29T13:00+02:00" },
        { Berlin, "sun-sat 0-24", "2026-10-24T12:00+02:00", 24, "2026-10-25T11:00+01:00" },
        { "UTC", "sun-sat 0-24", "2026-03-28T12:00Z", 24, "2026-03-29T12:00Z" },

        // Forward: from one to four there are two hours, and from two to three none at all.
        { Berlin, "sun 1-4", "2026-03-29T00:00+01:00", 2, "2026-03-29T04:00+02:00" },
        { Berlin, "sun 1-4", "2026-03-29T00:00+01:00", 1.5, "2026-03-29T03:30+02:00" },
        { Berlin, "sun 2-3", "2026-03-28T12:00+01:00", 0.5, "2026-04-05T02:30+02:00" },
        { NewYork, "sun 1-4", "2026-03-08T00:00-05:00", 2, "2026-03-08T04:00-04:00" },

        // Back: the hour from two to three is worked twice.
        { Berlin, "sun 2-3", "2026-10-25T00:00+02:00", 1.5, "2026-10-25T02:30+01:00" },
        { Berlin, "sun 1-4", "2026-10-25T00:00+02:00", 4, "2026-10-25T04:00+01:00" },
        { NewYork, "sun 0-4", "2026-11-01T00:00-04:00", 5, "2026-11-01T04:00-05:00" },
        { NewYork, "sun 0-4", "2026-11-01T00:00-04:00", 1.5, "2026-11-01T01:30-04:00" },
        { NewYork, "sun 0-4", "2026-11-01T00:00-04:00", 2.5, "2026-11-01T01:30-05:00" },

        // Offsets of quarters and changes of half an hour, and a change at midnight.
        { "Asia/Kathmandu", "sun-fri 10-18", "2026-03-06T17:00+05:45", 2, "2026-03-08T11:00+05:45" },
        { "Australia/Lord_Howe", "sun 0-4", "2026-10-04T00:00+10:30", 3, "2026-10-04T03:30+11:00" },
        { "Australia/Lord_Howe", "sun 0-4", "2026-04-05T00:00+11:00", 4, "2026-04-05T03:30+10:30" },
        { "Africa/Cairo", "fri 0-2", "2026-04-23T23:30+02:00", 1, "2026-04-24T02:00+03:00" },

        // Until midnight, and on beyond it.
        { Berlin, "fri 22-24", "2026-03-06T21:00+01:00", 2, "2026-03-07T00:00+01:00" },
        { Berlin, "fri-sat 0-2 22-24", "2026-03-06T21:00+01:00", 3, "2026-03-07T01:00+01:00" },

        // Christmas Eve and Christmas Day are holidays here.
        { Berlin, "mon-fri 9-17", "2026-12-23T16:00+01:00", 2, "2026-12-28T10:00+01:00" },
        { Berlin, "mon-fri 9-17", "2026-12-24T12:00+01:00", 1, "2026-12-28T10:00+01:00" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Work_ends_when_the_wall_clock_has_shown_that_much_of_it(string zone, string week, string from, double hours, string expected)
    {
        var time = new ZonedWorkingTime(DateTimeZoneProviders.Tzdb[zone], Week(week), new HashSet<DateOnly> { new(2026, 12, 24), new(2026, 12, 25) });

        time.Add(Instant(from), TimeSpan.FromHours(hours)).ShouldBe(Instant(expected));
    }

    [Fact]
    public void What_is_counted_agrees_with_a_look_at_the_wall_clock_every_minute()
    {
        string[] zones = [Berlin, NewYork, "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC", "Pacific/Chatham"];
        for (var seed = 0; seed < SamplesMax; seed++)
        {
            var random = new Random(seed);
            var zone = DateTimeZoneProviders.Tzdb[zones[random.Next(zones.Length)]];
            WorkingMinutes[][] week = [.. Enumerable.Range(0, 7).Select(_ => RandomDay(random))];
            if (week.All(day => day.Length == 0)) continue;
            var changes = new DateTimeOffset[] { new(2026, 3, 7, 0, 0, 0, default), new(2026, 3, 28, 0, 0, 0, default), new(2026, 10, 3, 0, 0, 0, default), new(2026, 10, 24, 0, 0, 0, default) };
            var from = changes[random.Next(changes.Length)].AddMinutes(random.Next(2_000));
            var minutes = random.Next(1, 2_000);

            var until = new ZonedWorkingTime(zone, week, new HashSet<DateOnly>()).Add(from, TimeSpan.FromMinutes(minutes));

            until.ShouldBe(Looked(zone, week, from, minutes), $"seed {seed}");
        }
    }

    [Fact]
    public void Who_hardly_ever_works_gets_an_answer_all_the_same()
    {
        var time = new ZonedWorkingTime(DateTimeZoneProviders.Tzdb[Berlin], Week("mon 9-10"), new HashSet<DateOnly>());

        time.Add(Instant("2026-03-02T09:00+01:00"), TimeSpan.FromHours(100_000))
            .ShouldBeGreaterThan(Instant("2026-03-02T09:00+01:00").AddDays(ZonedWorkingTime.DaysMax - 8));
    }

    private static DateTimeOffset Looked(DateTimeZone zone, WorkingMinutes[][] week, DateTimeOffset from, int minutes)
    {
        for (var at = from; ; at = at.AddMinutes(1))
        {
            var wall = NodaTime.Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime.ToDateTimeUnspecified();
            var minute = (int)wall.TimeOfDay.TotalMinutes;
            if (Array.Exists(week[(int)wall.DayOfWeek], i => minute >= i.FromMinute && minute < i.ToMinute) && --minutes == 0) return at.AddMinutes(1);
        }
    }

    private static WorkingMinutes[] RandomDay(Random random)
    {
        var day = new List<WorkingMinutes>();
        for (var minute = random.Next(400); minute < 1_440 && day.Count < 3; minute += 1 + random.Next(300))
        {
            var to = Math.Min(1_440, minute + 1 + random.Next(400));
            if (random.Next(3) > 0) day.Add(new(minute, to));
            minute = to;
        }

        return [.. day];
    }

    /// <summary><c>mon-fri 9-12 13-17</c>.</summary>
    private static WorkingMinutes[][] Week(string text)
    {
        string[] names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        var parts = text.Split(' ');
        var days = parts[0].Split('-').Select(name => Array.IndexOf(names, name)).ToArray();
        WorkingMinutes[] hours = [.. parts[1..].Select(p => p.Split('-').Select(int.Parse).ToArray()).Select(p => new WorkingMinutes(p[0] * 60, p[1] * 60))];
        return [.. Enumerable.Range(0, 7).Select(day => day >= days[0] && day <= days[^1] ? hours : [])];
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
