using LeadScoring.Contracts;
using SampleCrm.Api;

namespace SampleCrm.Demo;

/// <summary>Counts leads by stage from the lead lists, as far as a bounded number of pages reaches.</summary>
public sealed class StageCensus(LeadScoringApi api, Scoreboard board, TimeProvider clock)
{
    private const int PagesMax = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Counts every few seconds until stopped.</summary>
    public async Task WorkAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await CountAsync(stop);
            await Task.Delay(Pause, clock, stop);
        }
    }

    private async Task CountAsync(CancellationToken stop)
    {
        var counts = new List<StageCount>();
        foreach (var stage in Enum.GetValues<Stage>())
        {
            var answer = await api.LeadsAsync($"stage={stage.InSnakeCase()}", PagesMax, stop);
            if (answer.WorthRepeating) return;
            var page = answer.OrThrow();
            counts.Add(new(stage, page.Leads.Count, AtLeast: page.NextCursor is not null));
        }

        board.Counted(counts);
    }
}
