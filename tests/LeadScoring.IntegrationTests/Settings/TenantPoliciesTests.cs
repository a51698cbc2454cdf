using System.Text.Json;
using LeadScoring.Host.Acceptance;
using LeadScoring.Host.Http;
using LeadScoring.Host.Nurture;
using LeadScoring.Host.Settings;
using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Settings;

public sealed class TenantPoliciesTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly JsonElement Cadence = JsonSerializer.SerializeToElement(NurtureCadenceRules.Proposal with { Enabled = true }, WireJson.Default.NurtureCadence);
    private static readonly JsonElement Hours = JsonSerializer.SerializeToElement(
        BusinessHoursRules.AroundTheClock with { EscalateTo = "boss" }, WireJson.Default.BusinessHours);

    private readonly SetTimestamp _clock = new();

    [Fact]
    public async Task What_another_instance_put_is_known_after_a_moment_and_what_this_one_put_at_once()
    {
        var (settings, policies) = New(new RecordedLog<TenantPolicies>());
        (await policies.OfAsync("one", default)).ShouldBe(TenantPolicy.Default);
        (await policies.OfAsync("two", default)).ShouldBe(TenantPolicy.Default);

        await settings.PutAsync("one", NurtureCadenceRules.SettingName, Cadence, null, default);
        await settings.PutAsync("two", BusinessHoursRules.SettingName, Hours, null, default);
        (await policies.OfAsync("one", default)).Cadence.ShouldBeNull();
        policies.Forget("two");
        (await policies.OfAsync("two", default)).Acceptance.EscalateTo.ShouldBe("boss");

        _clock.Advance(TenantPolicies.KnownForMax);
        (await policies.OfAsync("one", default)).Cadence.ShouldNotBeNull().IsEnabled.ShouldBeTrue();
        (await policies.OfAsync("one", default)).Acceptance.EscalateTo.ShouldBeNull();
    }

    [Fact]
    public async Task A_setting_of_a_program_that_knows_more_does_not_keep_leads_from_being_decided()
    {
        var log = new RecordedLog<TenantPolicies>();
        var (settings, policies) = New(log);
        var elsewhere = JsonSerializer.SerializeToElement(BusinessHoursRules.AroundTheClock with { TimeZone = "Mars/Olympus" }, WireJson.Default.BusinessHours);
        await settings.PutAsync("odd", NurtureCadenceRules.SettingName, Cadence, null, default);
        await settings.PutAsync("odd", BusinessHoursRules.SettingName, elsewhere, null, default);

        var policy = await policies.OfAsync("odd", default);

        policy.Acceptance.ShouldBe(TenantPolicy.Default.Acceptance);
        policy.Cadence.ShouldNotBeNull();
        log.Warnings.ShouldHaveSingleItem().ShouldNotContain("boss");
    }

    private (TenantSettings Settings, TenantPolicies Policies) New(RecordedLog<TenantPolicies> log)
    {
        var settings = new TenantSettings(database.Documents);
        return (settings, new(settings, _clock, log));
    }
}
