using System.Text.Json.Serialization;
using LeadScoring.Contracts;

namespace LeadScoring.Host.Broker;

/// <summary>How it stands between the feed and the broker.</summary>
[JsonConverter(typeof(SnakeCaseEnum<BrokerState>))]
public enum BrokerState
{
    /// <summary>No broker is configured.</summary>
    Disabled,

    /// <summary>The first connection is being made.</summary>
    Connecting,

    /// <summary>Connected; what is published arrives.</summary>
    Running,

    /// <summary>The broker takes nothing because of an alarm (disk, memory) and says so.</summary>
    Blocked,

    /// <summary>Connected, but some type of event is taken by no queue: none is bound for it, or it is full.</summary>
    Unroutable,

    /// <summary>The broker answers and says no (password, permission, topology): somebody has to act.</summary>
    Refused,

    /// <summary>The broker cannot be reached, or the connection was lost; it is tried again.</summary>
    Away,
}

/// <summary>The relay to RabbitMQ as any instance sees it.</summary>
/// <param name="Since">When this state began; null while disabled or never started.</param>
/// <param name="LastError">The last thing that went wrong, for an operator; holds no secret. Null: nothing yet.</param>
/// <param name="Exchange">Where events are published.</param>
/// <param name="Position">The last position of the tenant's feed that is with the broker, and all before it; 0: none.</param>
/// <param name="Behind">Events of the tenant's feed beyond that position.</param>
public sealed record BrokerStatus(
    BrokerState State,
    DateTimeOffset? Since,
    string? LastError,
    DateTimeOffset? LastErrorAt,
    string? Exchange,
    long Position,
    long Behind);
