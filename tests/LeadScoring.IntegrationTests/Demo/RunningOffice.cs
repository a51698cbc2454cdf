using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Webhooks;
using SampleCrm;

namespace LeadScoring.IntegrationTests.Demo;

/// <summary>The sample's sales office at work; the salespeople are so slow that only tests answer.</summary>
internal sealed class RunningOffice : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LeadScoringApi _api;
    private readonly SalesOffice _office;
    private readonly Task _work;

    private RunningOffice(LeadScoringApi api, SalesOffice office)
    {
        (_api, _office) = (api, office);
        _work = office.WorkAsync(_stop.Token);
    }

    public Reception Reception => _office.Reception;

    public Uri Url => _office.Url;

    public static async Task<RunningOffice> StartAsync(Uri service, string key, OfficeOptions options)
    {
        var api = new LeadScoringApi(service, key);
        var desk = new SalesDesk(api, new SalesPersonality(42), pace: 0.01, TimeProvider.System);
        return new(api, await SalesOffice.OpenAsync(api, options, desk, CancellationToken.None));
    }

    public Task<IReadOnlyList<DeskLead>> OnDeskAsync() => _office.LeadsAsync(CancellationToken.None);

    /// <summary>Returns when the source says so.</summary>
    public Task UntilAsync(string state) => UntilAsync(() => Task.FromResult(Reception.State == state), state);

    /// <summary>Returns when this lead lies on the desk in this stage, or does not lie there.</summary>
    public Task UntilAsync(Guid leadId, Stage? stage) => UntilAsync(
        async () => (await OnDeskAsync()).SingleOrDefault(lead => lead.Id == leadId)?.Stage == stage, $"{leadId} is {stage}");

    public Task UntilAsync(Func<Reception, bool> isSo, string what) => UntilAsync(() => Task.FromResult(isSo(Reception)), what);

    public Task UntilAsync(Func<Task<bool>> isSo, string what) => Eventually.TrueAsync(
        async () =>
        {
            if (_work.IsFaulted) await _work;
            return await isSo();
        },
        what);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        await _office.DisposeAsync();
        _api.Dispose();
        _stop.Dispose();
    }
}
