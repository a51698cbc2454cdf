using System.Globalization;
using System.Text.Json;
using LeadScoring.Contracts;
using LeadScoring.Domain.Qualification;
using LeadScoring.Host.Http;
using NodaTime;

namespace LeadScoring.Host.Acceptance;

/// <summary>What business hours may be, and what they mean.</summary>
public static class BusinessHoursRules
{
    public const string SettingName = "business_hours";
    public const int IntervalsPerDayMax = 8;
    public const int HolidaysMax = 400;
    public const int HolidayYearsMax = 10;
    public const int DueSoonBeforeMinutesMax = 7 * 24 * 60;
    public const int EscalateToLengthMax = 256;

    /// <summary>Fewer would let a due time of a day come years later.</summary>
    public const int WorkingMinutesPerWeekMin = 60;

    /// <summary>A year: somebody must be there to answer within.</summary>
    public const int FreeDaysInARowMax = 366;

    private const int MinutesPerDay = 24 * 60;
    private static readonly string[] Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    /// <summary>What holds while a tenant has put none: every hour counts.</summary>
    public static BusinessHours AroundTheClock { get; } = new(
        "UTC", Days[1..].Append(Days[0]).ToDictionary(day => day, IReadOnlyList<WorkingInterval> (_) => [new("00:00", "24:00")]), []);

    /// <exception cref="JsonException">It is not what was put.</exception>
    public static BusinessHours Read(JsonElement body) => body.Deserialize(WireJson.Default.BusinessHours)!;

    /// <summary>The terms that checked hours mean.</summary>
    /// <exception cref="InvalidOperationException">They are not what <see cref="Check"/> lets through here.</exception>
    public static AcceptanceTerms ToTerms(this BusinessHours hours)
    {
        var validation = new Validation();
        Check(hours, validation);
        if (validation.Failed) throw new InvalidOperationException("the business hours break a rule of this version");
        return new(
            WorkingTimeOf(hours),
            hours.DueSoonBeforeMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
            hours.EscalateTo);
    }

    public static void Check(BusinessHours hours, Validation validation)
    {
        validation.Require(
            DateTimeZoneProviders.Tzdb.Ids.Contains(hours.TimeZone), "$.timeZone", "The name of an IANA time zone is expected, like Europe/Berlin.");
        CheckWeek(hours, validation);
        CheckHolidays(hours.Holidays ?? [], validation);
        validation.Require(
            hours.DueSoonBeforeMinutes is null or (>= 1 and <= DueSoonBeforeMinutesMax),
            "$.dueSoonBeforeMinutes",
            $"1 to {DueSoonBeforeMinutesMax} minutes are expected.");
        if (hours.EscalateTo is not null) validation.Text("$.escalateTo", hours.EscalateTo, EscalateToLengthMax);
        if (validation.Failed) return;
        validation.Require(
            WorkingTimeOf(hours).FreeDaysInARow() <= FreeDaysInARowMax,
            "$.holidays",
            $"The holidays leave no working time for more than {FreeDaysInARowMax} days in a row.");
    }

    private static void CheckWeek(BusinessHours hours, Validation validation)
    {
        var minutes = 0;
        foreach (var (day, intervals) in hours.Week)
        {
            var path = JsonRules.PathOf("$.week", day);
            validation.Require(Days.Contains(day), path, "A day of the week in lower case is expected, monday to sunday.");
            validation.Require(intervals.Count <= IntervalsPerDayMax, path, $"At most {IntervalsPerDayMax} intervals a day are allowed.");
            var free = 0;
            for (var i = 0; i < Math.Min(intervals.Count, IntervalsPerDayMax); i++)
            {
                var interval = $"{path}[{i}]";
                var (from, to) = (MinuteOf(intervals[i].From), MinuteOf(intervals[i].To));
                validation.Require(from is < MinutesPerDay, $"{interval}.from", "A time from 00:00 to 23:59 is expected, like 09:00.");
                validation.Require(to is not null, $"{interval}.to", "A time from 00:01 to 24:00 is expected, like 17:30.");
                if (from is not (< MinutesPerDay and var begins) || to is not { } ends) continue;
                validation.Require(ends > begins, $"{interval}.to", "It must be later than from; hours over midnight are two intervals.");
                validation.Require(i == 0 || begins > free, $"{interval}.from", "It must be later than the end of the interval before.");
                (free, minutes) = (ends, minutes + ends - begins);
            }
        }

        if (!validation.Failed)
        {
            validation.Require(minutes >= WorkingMinutesPerWeekMin, "$.week", $"At least {WorkingMinutesPerWeekMin} working minutes a week are expected.");
        }
    }

    private static void CheckHolidays(IReadOnlyList<string> holidays, Validation validation)
    {
        validation.Require(holidays.Count <= HolidaysMax, "$.holidays", $"At most {HolidaysMax} holidays are allowed.");
        var (seen, earliest) = (new HashSet<DateOnly>(), DateOnly.MaxValue);
        for (var i = 0; i < Math.Min(holidays.Count, HolidaysMax); i++)
        {
            if (DateOf(holidays[i]) is not { } day)
            {
                validation.Add($"$.holidays[{i}]", "A date is expected, like 2026-12-25.");
                continue;
            }

            earliest = day < earliest ? day : earliest;
            validation.Require(seen.Add(day), $"$.holidays[{i}]", "The day stands here twice.");
        }

        validation.Require(
            seen.Count == 0 || seen.Max() < earliest.AddYears(HolidayYearsMax), "$.holidays", $"The holidays lie more than {HolidayYearsMax} years apart.");
    }

    private static ZonedWorkingTime WorkingTimeOf(BusinessHours hours) => new(
        DateTimeZoneProviders.Tzdb[hours.TimeZone],
        [.. Days.Select(day => hours.Week.GetValueOrDefault(day, []).Select(i => new WorkingMinutes(MinuteOf(i.From)!.Value, MinuteOf(i.To)!.Value)).ToArray())],
        (hours.Holidays ?? []).Select(text => DateOf(text)!.Value).ToHashSet());

    /// <returns>0 to 1,440; null: not <c>hh:mm</c>.</returns>
    private static int? MinuteOf(string text)
    {
        if (text is not [>= '0' and <= '2', >= '0' and <= '9', ':', >= '0' and <= '5', >= '0' and <= '9']) return null;
        var minute = (int.Parse(text.AsSpan(0, 2), NumberStyles.None) * 60) + int.Parse(text.AsSpan(3), NumberStyles.None);
        return minute <= MinutesPerDay ? minute : null;
    }

    /// <summary>Of the years that calendars of zones and working days are good for.</summary>
    private static DateOnly? DateOf(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and <= 2200
            ? day
            : null;
}
