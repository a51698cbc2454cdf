using LeadScoring.Host.Broker;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace LeadScoring.IntegrationTests.Broker;

/// <summary>A broker that answers and says no: the service runs on, tells why, and relays as soon as it may.</summary>
[Collection(nameof(TestBroker))]
public sealed class BrokerRefusalTests(TestBroker broker) : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private readonly string _exchange = $"exchange-{Guid.NewGuid():n}";

    [Fact]
    public async Task A_topology_that_is_only_verified_must_be_there()
    {
        await PublishedFeed.AddAsync(_database, events: 20);
        await using var app = await StartAsync(("Broker:Topology", "verify"));

        (await UntilAsync(app, BrokerState.Refused)).LastError.ShouldNotBeNull().ShouldContain($"no exchange '{_exchange}'");

        var queue = new EventQueue(broker, _exchange);
        await queue.MakeAsync();
        await queue.ShouldBecomeTheFeedAsync(_database);
    }

    [Fact]
    public async Task An_exchange_without_its_alternate_would_lose_what_nobody_is_bound_to()
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(_exchange, ExchangeType.Topic, durable: true);

        await using (var verifying = await StartAsync(("Broker:Topology", "verify")))
        {
            (await UntilAsync(verifying, BrokerState.Refused)).LastError.ShouldNotBeNull().ShouldContain($"no exchange '{_exchange}.unrouted'");
        }

        await using var declaring = await StartAsync();
        await MigratedDatabase.UntilAsync(
            async () => (await declaring.Services.GetRequiredService<BrokerStatusReader>().ReadStateAsync(default)).LastError?.Contains("inequivalent arg 'alternate-exchange'") == true,
            "the exchange is not taken as it is");
    }

    [Fact]
    public async Task An_exchange_of_another_kind_is_left_alone()
    {
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(_exchange, ExchangeType.Fanout);
        await using var app = await StartAsync();

        (await UntilAsync(app, BrokerState.Refused)).LastError.ShouldNotBeNull().ShouldContain("inequivalent arg");
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_being_shown()
    {
        await using var app = await StartAsync(("Broker:Password", "not-the-password"));

        var error = (await UntilAsync(app, BrokerState.Refused)).LastError.ShouldNotBeNull();
        error.ShouldContain("refuses the user or the password");
        error.ShouldContain("Broker:Password");
        error.ShouldNotContain("not-the-password");
    }

    [Fact]
    public async Task A_virtual_host_that_does_not_exist_is_named()
    {
        await using var app = await StartAsync(("Broker:VirtualHost", "nowhere"));

        (await UntilAsync(app, BrokerState.Refused)).LastError.ShouldNotBeNull().ShouldContain("nowhere");
    }

    [Fact]
    public async Task A_password_in_a_file_is_read_again_at_every_attempt()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "the-old-one\n");
            await using var app = await RunningApp.StartAsync(
                _database.ConnectionString,
                [.. broker.Settings(_exchange, ("Broker:PasswordFile", file)).Where(s => s.Key != "Broker:Password")]);
            await UntilAsync(app, BrokerState.Refused);

            await File.WriteAllTextAsync(file, RabbitNode.Password + "\n");

            await UntilAsync(app, BrokerState.Running);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Over_tls_the_broker_is_known_by_its_authority()
    {
        await PublishedFeed.AddAsync(_database, events: 20);
        var queue = new EventQueue(broker, _exchange);
        await queue.MakeAsync();
        await using var app = await StartAsync(TlsAt("localhost", ("Broker:Tls:CaFile", broker.AuthorityFile)));

        await queue.ShouldBecomeTheFeedAsync(_database);
    }

    [Fact]
    public async Task Over_tls_an_authority_that_nobody_trusts_is_refused()
    {
        await using var app = await StartAsync(TlsAt("localhost"));

        (await UntilAsync(app, BrokerState.Refused)).LastError.ShouldNotBeNull().ShouldContain("Broker:Tls");
    }

    [Fact]
    public async Task Over_tls_the_name_must_be_the_certificates()
    {
        await using var app = await StartAsync(
            TlsAt("localhost", ("Broker:Tls:CaFile", broker.AuthorityFile), ("Broker:Tls:ServerName", "broker.example.com")));

        (await UntilAsync(app, BrokerState.Refused)).LastError.ShouldNotBeNull().ShouldContain("Broker:Tls");
    }

    [Fact]
    public async Task Over_tls_a_client_shows_its_certificate()
    {
        await using (var known = await StartAsync(
            TlsAt("localhost", ("Broker:Tls:CaFile", broker.AuthorityFile), ("Broker:Tls:ClientCertificateFile", broker.ClientFile))))
        {
            await UntilAsync(known, BrokerState.Running);
        }

        await using var stranger = await StartAsync(
            TlsAt("localhost", ("Broker:Tls:CaFile", broker.AuthorityFile), ("Broker:Tls:ClientCertificateFile", broker.StrangerFile)));
        (await UntilAsync(stranger, BrokerState.Away, BrokerState.Refused)).LastError.ShouldNotBeNullOrEmpty();
    }

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    private (string Key, string Value)[] TlsAt(string host, params (string Key, string Value)[] more) =>
        [("Broker:Host", host), ("Broker:Port", $"{broker.Node.TlsPort}"), ("Broker:Tls:Enabled", "true"), .. more];

    private Task<RunningApp> StartAsync(params (string Key, string Value)[] more) =>
        RunningApp.StartAsync(_database.ConnectionString, broker.Settings(_exchange, more));

    private static async Task<BrokerStatus> UntilAsync(RunningApp app, params BrokerState[] states)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var status = await app.Services.GetRequiredService<BrokerStatusReader>().ReadStateAsync(patience.Token);
            if (states.Contains(status.State)) return status;
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }
}
