using System.Globalization;
using RabbitMQ.Client;

namespace LeadScoring.Host.Broker;

/// <summary>Who makes exchange and queue.</summary>
public enum BrokerTopology
{
    /// <summary>The relay declares them when it connects.</summary>
    Declare,

    /// <summary>Somebody else does; the relay only looks whether they exist, and does not run without.</summary>
    Verify,
}

/// <summary>What the very first relay of a database begins with.</summary>
public enum BrokerStart
{
    /// <summary>With everything ever published.</summary>
    Beginning,

    /// <summary>With what is published from then on.</summary>
    Now,
}

/// <summary>Which broker, and how it is used.</summary>
/// <param name="Hosts">Nodes of one cluster, of which any will do.</param>
public sealed record BrokerOptions(IReadOnlyList<BrokerHost> Hosts)
{
    public string VirtualHost { get; init; } = ConnectionFactory.DefaultVHost;

    public string User { get; init; } = ConnectionFactory.DefaultUser;

    /// <summary>Null: it is in <see cref="PasswordFile"/>.</summary>
    public string? Password { get; init; } = ConnectionFactory.DefaultPass;

    /// <summary>Read at every connection, so that a rotated password needs no restart.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Null: the connection is not secured.</summary>
    public BrokerTls? Tls { get; init; }

    public string Exchange { get; init; } = "leadscoring";

    /// <summary>A durable quorum queue that gets every event; null: whoever consumes binds queues of their own.</summary>
    public string? Queue { get; init; }

    /// <summary>Only these types are published, the others passed over; null: all.</summary>
    public IReadOnlySet<string>? EventTypes { get; init; }

    public BrokerTopology Topology { get; init; } = BrokerTopology.Declare;

    public BrokerStart StartAt { get; init; } = BrokerStart.Beginning;

    /// <summary>Messages at most that are sent and not confirmed yet.</summary>
    public int WindowMax { get; init; } = 256;

    /// <summary>Events at most that are in memory: unconfirmed, or confirmed beyond one that is not.</summary>
    public int AheadMax { get; init; } = 4096;

    /// <summary>A connection whose oldest message is unconfirmed for so long is given up, unless the broker says that it is blocked.</summary>
    public TimeSpan ConfirmWaitMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause between two attempts to connect.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two attempts with a type of event that finds no queue or is not taken.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Names the broker for people, without user or password.</summary>
    public string Where => $"RabbitMQ at {string.Join(',', Hosts)}, virtual host '{VirtualHost}'";

    /// <summary>Keeps the password out of logs and messages.</summary>
    public override string ToString() => Where;

    /// <exception cref="BrokerFault">The password's file cannot be read.</exception>
    public string ReadPassword()
    {
        if (PasswordFile is null) return Password!;
        try
        {
            return File.ReadAllText(PasswordFile).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BrokerFault($"Broker:PasswordFile: '{PasswordFile}' cannot be read ({e.Message}).", isRefusal: true, e);
        }
    }
}

/// <summary>One node of the broker.</summary>
/// <param name="Port">1 to 65535.</param>
public sealed record BrokerHost(string Name, int Port)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}:{Port}");
}
