namespace LeadScoring.Contracts;

/// <summary>When sales works, by the wall clock of its time zone, and whom reminders name.</summary>
/// <param name="TimeZone">IANA name, e.g. <c>Europe/Berlin</c> or <c>UTC</c>.</param>
/// <param name="Week"><c>monday</c> to <c>sunday</c>; a day left out is free. Up to 8 intervals a day, in order, apart from each other.</param>
/// <param name="Holidays">Days nobody works, <c>yyyy-mm-dd</c>; at most 400, each once.</param>
/// <param name="DueSoonBeforeMinutes">Working minutes from the reminder to the due time, 1 to 10,080; absent: a quarter of the SLA.</param>
/// <param name="EscalateTo">Whom reminders name, e.g. a team's address; at most 256 characters.</param>
public sealed record BusinessHours(
    string TimeZone,
    IReadOnlyDictionary<string, IReadOnlyList<WorkingInterval>> Week,
    IReadOnlyList<string>? Holidays = null,
    int? DueSoonBeforeMinutes = null,
    string? EscalateTo = null);

/// <param name="From"><c>hh:mm</c>, from <c>00:00</c>.</param>
/// <param name="To"><c>hh:mm</c>, later than <paramref name="From"/>, up to <c>24:00</c>; not part of the interval.</param>
public sealed record WorkingInterval(string From, string To);

/// <summary>What sales says it can take.</summary>
/// <param name="QualifiedLeadsPerWeek">1 to 1,000,000; absent: not said.</param>
public sealed record SalesCapacity(double? QualifiedLeadsPerWeek = null);

/// <summary>How leads that are not ripe are kept in touch with.</summary>
/// <param name="Enabled">False: nobody enters, and whoever is in it leaves at the next step.</param>
/// <param name="Steps">1 to 50, in order of their days.</param>
/// <param name="EntryTypes">Engagement types that let a lead enter, the first time in a cycle; at most 20.</param>
/// <param name="UnsubscribeTypes">Engagement types after which nothing more is sent; at most 20.</param>
/// <param name="ResubscribeTypes">Engagement types that allow it again; at most 20.</param>
public sealed record NurtureCadence(
    bool Enabled,
    IReadOnlyList<CadenceStep> Steps,
    IReadOnlyList<string> EntryTypes,
    IReadOnlyList<string> UnsubscribeTypes,
    IReadOnlyList<string> ResubscribeTypes);

/// <param name="Day">Days after the lead entered, 1 to 730, each day once.</param>
/// <param name="Channel">snake_case, at most 64 characters, e.g. <c>email</c>, <c>call</c>, <c>direct_mail</c>.</param>
public sealed record CadenceStep(int Day, string Channel);
