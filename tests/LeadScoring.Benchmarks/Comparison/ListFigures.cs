using LeadScoring.Benchmarks.Reading;
using LeadScoring.Benchmarks.Scenarios;
using LeadScoring.Benchmarks.Seeding;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Comparison;

/// <summary>Pages of a list of very many leads.</summary>
internal static class ListFigures
{
    private const int Seed = 20260103;
    private const int FirstLead = 10_000_000;
    private const int CursorPages = 40;

    public static async Task RunAsync(Rounds rounds)
    {
        var ct = rounds.Stop;
        foreach (var contender in rounds.Contenders)
        {
            Console.WriteLine($"  {contender.Name}: posting {rounds.Options.ListLeads:N0} leads ...");
            await PostedHistory.PostLeadsAsync(
                contender.Service, new EngagementTraffic(Seed), FirstLead, rounds.Options.ListLeads, engagementsEach: 1, contender.Posted, ct);
        }

        foreach (var contender in rounds.Contenders) await contender.SettleAsync(ct);
        await rounds.MeasureRatesAsync(
        [
            (Figure.ListByScore, async c => new LeadPages(c.Service, c.Service.ApiKey, (await LeadList.WalkAsync(c.Service, c.Service.ApiKey, CursorPages, ct)).Cursors)),
        ]);
        await QueryPlans.PrintAsync(rounds.Contenders[0].Database, Stack.ServiceProcess.TenantId, ct);
        foreach (var contender in rounds.Contenders) await contender.CheckAsync(ct);
    }
}
