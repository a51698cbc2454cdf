namespace LeadScoring.Benchmarks.Relays;

/// <param name="Events">Sent in each round, by the relay and by the raw publisher.</param>
/// <param name="Window">Unconfirmed messages at most, of both.</param>
/// <param name="BodyBytes">Of one event.</param>
/// <param name="Classic">A durable classic queue gets the messages instead of a quorum queue.</param>
internal sealed record RelayOptions(
    int Events, int Leads, int Window, int BodyBytes, bool Classic, int Repetitions, FileInfo? JsonFile, DirectoryInfo Folder)
{
    public const int EventsMax = 1_000_000;
    public const int WindowMax = 4096;
    public const int BodyBytesMax = 65_536;

    /// <summary>Of the raw publisher's rate.</summary>
    public const double ShareTarget = 0.8;
}
