namespace LeadScoring.Host.Http;

/// <summary>How large a request's body may be, in bytes.</summary>
public static class BodyLimits
{
    /// <summary>Every body but a batch.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>A batch of engagements; also the most the server takes at all.</summary>
    public const int BatchBytesMax = 1024 * 1024;
}
