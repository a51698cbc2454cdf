using LeadScoring.Domain.Qualification;
using NodaTime;

namespace LeadScoring.Host.Acceptance;

/// <param name="FromMinute">0 to 1,439 of the wall clock's day.</param>
/// <param name="ToMinute">Up to 1,440; not part of the interval.</param>
public readonly record struct WorkingMinutes(int FromMinute, int ToMinute);

/// <summary>
/// Working time by the wall clock of a time zone: an instant is worked at when the clock on the wall shows working hours
/// then. So an hour that daylight saving skips is not worked, and one that it repeats is worked twice; what is counted is
/// elapsed time.
/// </summary>
/// <param name="week">By <see cref="DayOfWeek"/>, seven of them; the intervals of a day in order and apart.</param>
public sealed class ZonedWorkingTime(
    DateTimeZone zone, IReadOnlyList<IReadOnlyList<WorkingMinutes>> week, IReadOnlySet<DateOnly> holidays) : IWorkingTime
{
    /// <summary>Days looked at for one answer: 27 years.</summary>
    public const int DaysMax = 10_000;

    /// <inheritdoc/>
    /// <remarks>A tenant that hardly ever works gets the end of the search.</remarks>
    public DateTimeOffset Add(DateTimeOffset from, TimeSpan work)
    {
        var (at, rest) = (from.UtcTicks, work.Ticks);
        var last = DateOnly.FromDateTime(from.UtcDateTime).AddDays(DaysMax);
        while (true)
        {
            // Between two changes of its offset a zone's wall clock is plain arithmetic.
            var same = zone.GetZoneInterval(Instant.FromDateTimeOffset(new(at, TimeSpan.Zero)));
            var end = same.HasEnd ? same.End.ToDateTimeOffset().Ticks : DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay;
            var offset = same.WallOffset.Ticks;
            for (var day = DateOnly.FromDateTime(new(at + offset)); ; day = day.AddDays(1))
            {
                var midnight = day.DayNumber * TimeSpan.TicksPerDay - offset;
                if (midnight >= end) break;
                if (day > last) return new(at, TimeSpan.Zero);
                foreach (var interval in IntervalsOf(day))
                {
                    var begins = Math.Max(at, midnight + (interval.FromMinute * TimeSpan.TicksPerMinute));
                    var ends = Math.Min(end, midnight + (interval.ToMinute * TimeSpan.TicksPerMinute));
                    if (ends <= begins) continue;
                    if (rest <= ends - begins) return new(begins + rest, TimeSpan.Zero);
                    rest -= ends - begins;
                    at = ends;
                }
            }

            at = end;
        }
    }

    /// <summary>The longest run of days nobody works, as far as holidays make one.</summary>
    public int FreeDaysInARow()
    {
        if (week.All(day => day.Count == 0)) return int.MaxValue;
        var (longest, current) = (0, 0);
        var first = holidays.Count == 0 ? new DateOnly(2000, 1, 1) : holidays.Min().AddDays(-DaysPerWeek);
        var last = holidays.Count == 0 ? first.AddDays(2 * DaysPerWeek) : holidays.Max().AddDays(DaysPerWeek);
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            current = IntervalsOf(day).Count == 0 ? current + 1 : 0;
            longest = Math.Max(longest, current);
        }

        return longest;
    }

    private const int DaysPerWeek = 7;

    private IReadOnlyList<WorkingMinutes> IntervalsOf(DateOnly day) => holidays.Contains(day) ? [] : week[(int)day.DayOfWeek];
}
