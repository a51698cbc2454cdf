namespace SampleCrm.Handoffs;

/// <summary>Brings events to the reception until stopped: first the past, from the feed, then what follows.</summary>
public interface IHandoffSource
{
    /// <exception cref="Api.ServiceRefused">The service refuses the key or the request.</exception>
    /// <exception cref="DeskOverflow">The past holds more than a desk does.</exception>
    Task RunAsync(CancellationToken stop);
}

/// <summary>More leads lie with sales than this sample holds.</summary>
public sealed class DeskOverflow()
    : Exception($"More than {HandoffInbox.OnDeskMaxStandard} leads lie with sales: this sample's desk holds no more.");
