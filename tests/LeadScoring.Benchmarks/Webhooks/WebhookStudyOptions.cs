namespace LeadScoring.Benchmarks.Webhooks;

/// <param name="Endpoints">All of them, the dead ones included.</param>
/// <param name="Dead">Half of these never answer, half refuse the connection.</param>
/// <param name="PerSecond">Events published a second; each goes to every endpoint.</param>
/// <param name="BodyBytes">Of one event, about.</param>
internal sealed record WebhookStudyOptions(
    int Endpoints, int Dead, int PerSecond, int Seconds, int BodyBytes, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int EndpointsMax = 5_000;
    public const int PerSecondMax = 1_000;
    public const int BodyBytesMax = 65_536;

    /// <summary>From the commit of an event to its receipt.</summary>
    public const double P99MsTarget = 1_000;
}
