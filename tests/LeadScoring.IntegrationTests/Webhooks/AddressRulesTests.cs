using System.Net;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.IntegrationTests.Webhooks;

public sealed class AddressRulesTests
{
    private static readonly WebhookOptions Production = new();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("::ffff:8.8.8.8")]
    public void An_address_of_the_internet_is_anybodys(string address) =>
        AddressRules.IsAllowed(IPAddress.Parse(address), allowPrivate: false).ShouldBeTrue();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    public void An_address_of_ours_needs_the_setting(string address)
    {
        AddressRules.IsAllowed(IPAddress.Parse(address), allowPrivate: false).ShouldBeFalse();
        AddressRules.IsAllowed(IPAddress.Parse(address), allowPrivate: true).ShouldBeTrue();
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.0.1")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("3fff::1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("4000::1")]
    public void An_address_that_is_nobodys_is_refused_whatever_is_set(string address) =>
        AddressRules.IsAllowed(IPAddress.Parse(address), allowPrivate: true).ShouldBeFalse();

    [Theory]
    [InlineData("https://2130706433/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[0:0:0:0:0:ffff:7f00:1]:8443/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://2852039166/")]
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST./")]
    [InlineData("https://api.localhost/")]
    [InlineData("https://printer.local/")]
    [InlineData("https://metadata.google.internal/")]
    [InlineData("https://intranet/")]
    [InlineData("https://１２７.0.0.1/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://1.2.3.4.5/")]
    [InlineData("https://crm.example.0x7f/")]
    [InlineData("https://user:password@crm.example.com/")]
    [InlineData("https://user@crm.example.com/")]
    [InlineData("https://@crm.example.com/")]
    [InlineData("https://crm.example.com@127.0.0.1/")]
    [InlineData("https://crm.example.com/#fragment")]
    [InlineData("https:\\\\crm.example.com\\hook")]
    [InlineData("https://crm.example.com/a b")]
    [InlineData(" https://crm.example.com/")]
    [InlineData("https:crm.example.com")]
    [InlineData("https://")]
    [InlineData("https://crm.example.com:0/")]
    [InlineData("https://crm.example.com:99999/")]
    [InlineData("http://crm.example.com/")]
    [InlineData("ftp://crm.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://crm.example.com/")]
    [InlineData("/hook")]
    [InlineData("")]
    public void A_url_that_leads_astray_is_refused(string url)
    {
        var (read, complaint) = EndpointUrl.Read(url, Production);

        read.ShouldBeNull();
        complaint.ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData("https://crm.example.com/hook?token=1", "https://crm.example.com/hook?token=1")]
    [InlineData("HTTPS://CRM.example.com", "https://crm.example.com/")]
    [InlineData("https://crm.example.com:8443/a%20b", "https://crm.example.com:8443/a%20b")]
    [InlineData("https://8.8.8.8/", "https://8.8.8.8/")]
    [InlineData("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/")]
    [InlineData("https://crm.example.com/@hook", "https://crm.example.com/@hook")]
    public void A_public_one_is_taken(string url, string read) => EndpointUrl.Read(url, Production).Url!.AbsoluteUri.ShouldBe(read);

    [Fact]
    public void A_url_has_a_bound() =>
        EndpointUrl.Read("https://crm.example.com/" + new string('a', EndpointUrl.LengthMax), Production).Complaint.ShouldNotBeNull();
}
