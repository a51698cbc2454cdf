using System.Net;
using LeadScoring.IntegrationTests.Setup;
using RabbitMQ.Client;

namespace LeadScoring.IntegrationTests.Broker;

/// <summary>
/// The run's RabbitMQ, started when the first class asks for it. Tests of one exchange each do not see each other, but a crash or an
/// alarm is everybody's: so all classes that use it are of this collection and run one after another.
/// </summary>
[CollectionDefinition(nameof(TestBroker))]
public sealed class TestBroker : ICollectionFixture<TestBroker>, IAsyncLifetime
{
    private RabbitNode _node = null!;

    /// <summary>PEM file of the authority that issued the node's certificate, whose name is localhost.</summary>
    public string AuthorityFile { get; } = Path.GetTempFileName();

    /// <summary>PEM file of a client's certificate of that authority, and its key.</summary>
    public string ClientFile { get; } = Path.GetTempFileName();

    /// <summary>PEM file of a client's certificate of an authority that the node does not know, and its key.</summary>
    public string StrangerFile { get; } = Path.GetTempFileName();

    internal RabbitNode Node => _node;

    public async Task InitializeAsync()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        await File.WriteAllTextAsync(AuthorityFile, authority.Pem);
        await File.WriteAllTextAsync(ClientFile, authority.Issue("client"));
        await File.WriteAllTextAsync(StrangerFile, other.Issue("client"));
        _node = await RabbitNode.StartAsync(authority.Issue("localhost", chain: authority.Pem));
    }

    public async Task DisposeAsync()
    {
        foreach (var file in new[] { AuthorityFile, ClientFile, StrangerFile }) File.Delete(file);
        if (_node is not null) await _node.DisposeAsync();
    }

    /// <summary>The settings of a service that relays to this exchange.</summary>
    public (string Key, string Value)[] Settings(string exchange, params (string Key, string Value)[] more) =>
    [
        ("Broker:Host", IPAddress.Loopback.ToString()),
        ("Broker:Port", $"{_node.Port}"),
        ("Broker:User", RabbitNode.User),
        ("Broker:Password", RabbitNode.Password),
        ("Broker:Exchange", exchange),
        ("Broker:ReconnectDelayMsMax", "500"),
        ("Broker:RetryDelayMsMax", "300"),
        .. more,
    ];

    /// <summary>A connection of a test's own.</summary>
    public Task<IConnection> ConnectAsync() => _node.ConnectAsync();
}
