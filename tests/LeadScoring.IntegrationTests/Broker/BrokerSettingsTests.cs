using LeadScoring.Host;
using LeadScoring.Host.Broker;
using Microsoft.Extensions.Configuration;

namespace LeadScoring.IntegrationTests.Broker;

public sealed class BrokerSettingsTests
{
    [Fact]
    public void Without_an_address_there_is_no_broker() => BrokerSettings.Read(Configuration(("Broker:Exchange", "events"))).ShouldBeNull();

    [Fact]
    public void An_address_says_host_port_virtual_host_user_and_password()
    {
        var options = Read(("Broker:Uri", "amqp://ann:p%40ss%2F@mq.example.com:5673/sales%2Feu"));

        options.Hosts.ShouldBe([new("mq.example.com", 5673)]);
        (options.VirtualHost, options.User, options.ReadPassword()).ShouldBe(("sales/eu", "ann", "p@ss/"));
        options.Tls.ShouldBeNull();
        options.ToString().ShouldNotContain("p@ss");
    }

    [Fact]
    public void What_an_address_leaves_out_has_rabbitmqs_own_defaults()
    {
        var options = Read(("Broker:Uri", "amqp://mq"));

        (options.Hosts.Single().Port, options.VirtualHost, options.User, options.ReadPassword()).ShouldBe((5672, "/", "guest", "guest"));
        (options.Exchange, options.Queue, options.Topology, options.StartAt).ShouldBe(("leadscoring", null, BrokerTopology.Declare, BrokerStart.Beginning));
    }

    [Fact]
    public void Amqps_means_tls()
    {
        var options = Read(("Broker:Uri", "amqps://mq"), ("Broker:Tls:ServerName", "broker"));

        options.Hosts.ShouldBe([new("mq", 5671)]);
        options.Tls.ShouldBe(new BrokerTls("broker", null, null, null));
    }

    [Fact]
    public void Nodes_of_a_cluster_are_listed()
    {
        var options = Read(("Broker:Host", "mq-1, mq-2"), ("Broker:User", "ann"), ("Broker:Password", "secret"), ("Broker:VirtualHost", "sales"));

        options.Hosts.ShouldBe([new("mq-1", 5672), new("mq-2", 5672)]);
        (options.User, options.ReadPassword(), options.VirtualHost).ShouldBe(("ann", "secret", "sales"));
    }

    [Theory]
    [InlineData("Broker:Uri", "http://mq")]
    [InlineData("Broker:Uri", "mq:5672")]
    [InlineData("Broker:Uri", "amqp://mq/a/b")]
    [InlineData("Broker:Port", "5672")]
    [InlineData("Broker:Tls:CaFile", "/etc/hostname")]
    [InlineData("Broker:Tls:ClientCertificateFile", "/no/such/file")]
    [InlineData("Broker:PasswordFile", "/no/such/file")]
    [InlineData("Broker:EventTypes", "lead.marketing_qualified")]
    [InlineData("Broker:EventTypes", ",")]
    [InlineData("Broker:Topology", "guess")]
    [InlineData("Broker:StartAt", "3")]
    [InlineData("Broker:WindowMax", "0")]
    [InlineData("Broker:AheadMax", "10")]
    [InlineData("Broker:ConfirmWaitMsMax", "soon")]
    [InlineData("Broker:ReconnectDelayMsMax", "-1")]
    public void A_wrong_setting_is_named(string key, string value)
    {
        var refusal = Should.Throw<StartupRefusal>(() => BrokerSettings.Read(Configuration(("Broker:Uri", "amqp://ann:secret@mq"), (key, value))));

        // The files of TLS are refused together with the address that does not ask for it.
        refusal.Message.ShouldContain(key.StartsWith("Broker:Tls:Ca", StringComparison.Ordinal) ? "Broker:Tls" : key);
        refusal.Message.ShouldNotContain("secret");
    }

    [Fact]
    public void An_address_that_cannot_be_read_is_not_repeated() => Should.Throw<StartupRefusal>(() => Read(("Broker:Uri", "amqp:/ann:secret@mq")))
        .Message.ShouldNotContain("secret");

    private static BrokerOptions Read(params (string Key, string Value)[] settings) => BrokerSettings.Read(Configuration(settings)).ShouldNotBeNull();

    /// <param name="settings">The later wins.</param>
    private static IConfiguration Configuration(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in settings) all[key] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(all).Build();
    }
}
