namespace LeadScoring.Host.Webhooks;

/// <summary>What one subscription may take of the service, and when it is left alone.</summary>
internal static class DispatchBounds
{
    /// <summary>Requests at once to one subscription's endpoint.</summary>
    public const int UnderWayMax = 8;

    /// <summary>The same while it fails: one request asks whether it is back.</summary>
    public const int UnderWayMaxWhileFailing = 1;

    /// <summary>Events taken from the feed of which nothing is stored yet: their bodies are in memory.</summary>
    public const int OpenMax = 16;

    /// <summary>How far events may be done beyond one that still is not: so many finished rows are read at a take-over.</summary>
    public const int AheadMax = 1_024;

    /// <summary>Deliveries held back, in memory without their bodies. Beyond it nothing fresh is taken.</summary>
    public const int HeldMax = 10_000;

    /// <summary>Events of one read of an endpoint that is behind.</summary>
    public const int PageMax = 32;

    /// <summary>Failures after which nothing fresh is taken until an attempt succeeds.</summary>
    public const int FailuresInARowMax = 10;

    /// <summary>An endpoint that fails is asked with a fresh event when it was asked nothing for so long: its retries may be hours apart.</summary>
    public static readonly TimeSpan ProbeAfter = TimeSpan.FromMinutes(5);

    /// <summary>Unbroken failure for so long disables a subscription.</summary>
    public static readonly TimeSpan FailingMax = TimeSpan.FromDays(5);

    /// <summary>Longer than the longest pause before a retry: a longer one between two attempts means that nothing was to be sent.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromHours(30);

    /// <summary>What an endpoint that is back finds due is spread over this time.</summary>
    public static readonly TimeSpan RecoverySpreadMax = TimeSpan.FromSeconds(2);

    /// <summary>By which share a retry may be later than its delay says, so that many do not come at once.</summary>
    public const double JitterShareMax = 0.1;
}
