using System.Runtime.InteropServices;

namespace LeadScoring.Host;

/// <summary>
/// A token that Ctrl-C, SIGTERM or a closed terminal cancels. The web host listens only once it runs; what is started before it
/// (the database) must be stoppable too.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    private StopSignals()
    {
    }

    public CancellationToken Token => stop.Token;

    public static StopSignals Listen()
    {
        var signals = new StopSignals();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            signals.registrations.Add(PosixSignalRegistration.Create(signal, signals.Cancel));
        }

        return signals;
    }

    public void Dispose()
    {
        // Disposing a registration waits for its running handler, so none touches the source after it is gone.
        registrations.ForEach(registration => registration.Dispose());
        stop.Dispose();
    }

    private void Cancel(PosixSignalContext context)
    {
        // Without this the process would end at once and leave behind what it had started.
        context.Cancel = true;
        stop.Cancel();
    }
}
