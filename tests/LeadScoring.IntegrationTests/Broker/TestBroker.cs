using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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

    internal RabbitNode Node => _node;

    public async Task InitializeAsync()
    {
        using var authorityKey = RSA.Create(2048);
        var now = DateTimeOffset.UtcNow;
        var authorityRequest = new CertificateRequest("CN=tests", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = authorityRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        await File.WriteAllTextAsync(AuthorityFile, authority.ExportCertificatePem());

        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, now.AddHours(-1), now.AddHours(23), [1, 2, 3]);
        _node = await RabbitNode.StartAsync($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    public async Task DisposeAsync()
    {
        File.Delete(AuthorityFile);
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
    public Task<IConnection> ConnectAsync() => new ConnectionFactory
    {
        HostName = IPAddress.Loopback.ToString(),
        Port = _node.Port,
        UserName = RabbitNode.User,
        Password = RabbitNode.Password,
        AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync();
}
