using System.Runtime.Versioning;
using LeadScoring.Host;
using LeadScoring.Host.Storage;
using Microsoft.Extensions.Configuration;

namespace LeadScoring.IntegrationTests.Storage;

[SupportedOSPlatform("linux")]
public sealed class PrivateClusterOptionsTests
{
    [Fact]
    public void Every_place_in_a_checkout_has_one_default_folder_and_two_checkouts_have_two()
    {
        using var scratch = new ScratchFolder();
        foreach (var checkout in new[] { "one", "two" })
        {
            Directory.CreateDirectory(scratch.In(checkout, "bin", "Release"));
            File.WriteAllText(scratch.In(checkout, "LeadScoring.sln"), string.Empty);
        }

        var one = PrivateClusterOptions.DefaultFolder(scratch.In("one", "bin", "Release"));
        one.ShouldBe(PrivateClusterOptions.DefaultFolder(scratch.In("one", "bin") + "/"));
        one.ShouldNotBe(PrivateClusterOptions.DefaultFolder(scratch.In("two", "bin", "Release")));
    }

    [Fact]
    public void A_configured_folder_wins_over_the_environments()
    {
        From(("LEADSCORING_DATA", "/a")).Folder.ShouldBe("/a");
        From(("LEADSCORING_DATA", "/a"), ("Data:Folder", "/b")).Folder.ShouldBe("/b");
    }

    [Theory]
    [InlineData("80")]
    [InlineData("65536")]
    [InlineData("-5")]
    [InlineData("a port")]
    public void A_port_that_is_none_is_refused(string port) =>
        Should.Throw<StartupRefusal>(() => From(("Postgres:Port", port))).Message.ShouldStartWith($"Postgres:Port is '{port}'");

    [Fact]
    public void The_version_that_made_the_data_is_chosen_before_a_newer_one()
    {
        PostgresBinaries[] found = [new("/new", Major: 17), new("/old", Major: 15)];
        PostgresBinaries.Choose(found, configuredFolder: null, majorOfData: 15).Folder.ShouldBe("/old");
        PostgresBinaries.Choose(found, configuredFolder: null, majorOfData: null).Folder.ShouldBe("/new");
    }

    [Fact]
    public void Binaries_that_are_too_old_are_passed_over_or_refused()
    {
        PostgresBinaries old = new("/old", Major: 14);
        PostgresBinaries.Choose([old, new("/new", Major: 16)], configuredFolder: null, majorOfData: null).Folder.ShouldBe("/new");
        Should.Throw<StartupRefusal>(() => PostgresBinaries.Choose([old], configuredFolder: null, majorOfData: null))
            .Message.ShouldContain("PostgreSQL 14, but LeadScoring needs 15 or newer");
    }

    [Fact]
    public void No_binaries_at_all_are_refused_with_the_command_that_installs_them() =>
        Should.Throw<StartupRefusal>(() => PostgresBinaries.Choose([], configuredFolder: null, majorOfData: null))
            .Message.ShouldContain("apt-get install postgresql");

    private static PrivateClusterOptions From(params (string Key, string Value)[] settings) => PrivateClusterOptions.From(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build());
}
