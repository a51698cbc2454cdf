using System.Net.Http.Json;
using LeadScoring.Contracts;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>What everybody must hear of before it begins is not stored when that time is over: it is decided once more.</summary>
public sealed class LateActivationTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly ModelOptions Options = new(TenantModels.KnownForMax + TimeSpan.FromSeconds(1));
    private static int _tenants;

    private readonly SetClock _clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
    private readonly string _tenantId = $"late-{Interlocked.Increment(ref _tenants)}";

    [Theory]
    [InlineData("select version from mt_streams where tenant_id = $1 for update")]
    [InlineData("select mt_version from mt_doc_scoring_models where tenant_id = $1 for update")]
    public async Task An_activation_that_waits_until_it_is_too_late_begins_later(string held)
    {
        await using var app = await StartAsync();
        using var client = await app.ClientAsync(_tenantId);
        var version = await client.SignedAsync(ModelDrafts.WithThreshold(110));

        var activated = await HeldUpAsync(held, () => client.ActivateAsync(version), meanwhile: () => _clock.Now += TimeSpan.FromMinutes(1));

        activated.Changed.ShouldBeTrue();
        activated.Model.ActiveFrom.ShouldBe(_clock.Now + Options.Notice);
        (await client.ModelAsync(version)).Activations.Single().From.ShouldBe(_clock.Now + Options.Notice);
        (await CountAsync("model_activated")).ShouldBe(1);
    }

    [Fact]
    public async Task An_activation_that_is_stored_in_time_begins_when_it_was_decided_to()
    {
        await using var app = await StartAsync();
        using var client = await app.ClientAsync(_tenantId);
        var version = await client.SignedAsync(ModelDrafts.WithThreshold(110));
        var decided = _clock.Now;

        await using var holder = await HoldAsync("select mt_version from mt_doc_scoring_models where tenant_id = $1 for update");
        var activating = client.ActivateAsync(version);
        await database.UntilWaitingForLockAsync(holder);
        _clock.Now += TimeSpan.FromMinutes(1);
        await holder.DisposeAsync();

        // Only a machine that stands still for long decides it anew.
        (await activating).Model.ActiveFrom.ShouldBeOneOf(decided + Options.Notice, _clock.Now + Options.Notice);
        (await CountAsync("model_activated")).ShouldBe(1);
    }

    [Fact]
    public async Task A_cancellation_that_waits_until_it_is_too_late_is_refused_and_the_activation_stands()
    {
        await using var app = await StartAsync();
        using var client = await app.ClientAsync(_tenantId);
        var version = await client.SignedAsync(ModelDrafts.WithThreshold(110));
        var at = _clock.Now.AddDays(1);
        await client.ActivateAsync(version, at);
        _clock.Now = at - Options.Notice;

        var refused = await HeldUpAsync(
            "select mt_version from mt_doc_scoring_models where tenant_id = $1 for update",
            () => client.RefusedAsync(version, "cancel-activation", new CancelActivationRequest("sam"), 409, "activation_too_near"),
            meanwhile: () => _clock.Now += TimeSpan.FromSeconds(1));

        refused.Code.ShouldBe("activation_too_near");
        (await CountAsync("model_activation_cancelled")).ShouldBe(0);
        (await client.ModelAsync(version)).Model.ActiveFrom.ShouldBe(at);
    }

    /// <summary>Has a request wait for a row until what it decided would be stored too late.</summary>
    private async Task<T> HeldUpAsync<T>(string held, Func<Task<T>> request, Action meanwhile)
    {
        await using var holder = await HoldAsync(held);
        var answer = request();
        await database.UntilWaitingForLockAsync(holder);
        var waitsSince = await database.ScalarAsync<DateTime>("select clock_timestamp()");
        await database.UntilAsync("select clock_timestamp() > $1", waitsSince + Options.StoringMax!.Value);
        meanwhile();
        await holder.DisposeAsync();
        return await answer;
    }

    private async Task<NpgsqlConnection> HoldAsync(string held)
    {
        var holder = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await holder.OpenAsync();
        await holder.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(held, holder) { Parameters = { new() { Value = _tenantId } } };
        (await command.ExecuteScalarAsync()).ShouldNotBeNull();
        return holder;
    }

    private Task<RunningApp> StartAsync() => RunningApp.StartAsync(
        database.ConnectionString,
        services => services.AddSingleton<TimeProvider>(_clock),
        ("Models:NoticeMs", $"{Options.Notice.TotalMilliseconds:F0}"));

    private Task<long> CountAsync(string type) =>
        database.ScalarAsync<long>("select count(*) from mt_events where type = $1 and tenant_id = $2", type, _tenantId);
}
