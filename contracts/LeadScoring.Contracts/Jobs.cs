using System.Text.Json.Serialization;

namespace LeadScoring.Contracts;

/// <summary>How far a job is.</summary>
[JsonConverter(typeof(SnakeCaseEnum<JobState>))]
public enum JobState
{
    /// <summary>It waits for an instance to take it.</summary>
    Queued,

    /// <summary>An instance works on it. If that instance ends, another one begins again.</summary>
    Running,

    /// <summary>Its result is there.</summary>
    Succeeded,

    /// <summary>It has no result; <c>failure</c> says why.</summary>
    Failed,

    /// <summary>Somebody asked for it to end.</summary>
    Cancelled,
}

/// <summary>How much of the work is done; about a second old.</summary>
/// <param name="Events">Events read so far.</param>
/// <param name="EventsTotal">About how many there are to read; absent: not known yet.</param>
/// <param name="Leads">Leads met so far.</param>
/// <param name="EventsPerSecond">Since the work began.</param>
/// <param name="EtaSeconds">About how long it will go on at this speed; absent: not known, or not running.</param>
public sealed record JobProgress(long Events, long? EventsTotal, long Leads, double EventsPerSecond, long? EtaSeconds);
