using System.Runtime.Versioning;

namespace LeadScoring.Host.Storage;

/// <summary>
/// A lock on a file, held by one process alone or by several together. The kernel lets go of it when its holder dies, however
/// that happens, so it is never stale.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class FolderLock : IDisposable
{
    private const int WouldBlock = 11; // EWOULDBLOCK of flock(2): somebody else holds the lock.
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <returns>Null while anybody else holds the lock.</returns>
    public static FolderLock? TryAlone(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <returns>Null while somebody holds the lock alone.</returns>
    public static FolderLock? TryTogether(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <returns>Null when somebody else held the lock for the whole time.</returns>
    public static async Task<FolderLock?> WaitAloneAsync(string path, TimeSpan limit, CancellationToken ct)
    {
        var giveUpAt = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            if (TryAlone(path) is { } held)
            {
                return held;
            }

            if (Environment.TickCount64 >= giveUpAt)
            {
                return null;
            }

            await Task.Delay(RetryPause, ct);
        }
    }

    public void Dispose() => file.Dispose();

    private static FolderLock? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FolderLock(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = access,
                Share = share,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }
}
