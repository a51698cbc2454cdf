using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LeadScoring.Benchmarks.Stack;

/// <summary>Two calls .NET has no name for.</summary>
internal static class Posix
{
    private const int SigTerm = 15;

    /// <summary>Asks a process to end in good order; one that has ended already is not an error.</summary>
    public static void Terminate(int processId) => _ = Kill(processId, SigTerm);

    /// <summary>What PostgreSQL does to its log at every commit.</summary>
    /// <exception cref="IOException">The data did not reach the disk.</exception>
    public static void SyncData(SafeFileHandle file)
    {
        if (FDataSync(file) != 0) throw new IOException($"fdatasync failed, errno {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FDataSync(SafeFileHandle file);
}
