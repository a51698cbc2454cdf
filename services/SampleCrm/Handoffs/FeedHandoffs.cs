namespace SampleCrm;

/// <summary>The feed: one number remembers everything.</summary>
internal static class FeedHandoffs
{
    /// <summary>How long the service may keep a request open when nothing happens; less than a request may take.</summary>
    private const int WaitSeconds = 20;

    /// <summary>Takes everything from the beginning, and then what follows.</summary>
    /// <param name="follow">False: ends with the last event there is.</param>
    /// <returns>The position reached: nothing up to it was missed.</returns>
    /// <exception cref="Refusal">The service refuses the key, or the desk is full.</exception>
    public static async Task<long> ReadAsync(LeadScoringApi api, MemoryDesk desk, Reception reception, bool follow, CancellationToken stop)
    {
        for (var (after, wait) = (0L, 0); ; wait = desk.IsRebuilt ? WaitSeconds : 0)
        {
            var path = $"v1/feed?after={after}&types={string.Join(',', DeskLead.Types)}&limit={LeadScoringApi.PageSize}&wait={wait}";
            var answer = await LeadScoringApi.InsistAsync(
                () => api.GetAsync<FeedPageView>(path, stop), away => reception.State = away ? "the service is away" : "following", stop);
            var page = answer.OrThrow();
            foreach (var published in page.Events)
            {
                try
                {
                    desk.Take(published);
                }
                catch (UnreadableEvent)
                {
                    reception.Refuse(); // It would be as unreadable the next time.
                }
            }

            after = page.NextAfter;
            desk.IsRebuilt |= after >= page.Head;
            if (desk.IsRebuilt && !follow) return after;
        }
    }
}
