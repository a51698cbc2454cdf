namespace LeadScoring.Host.Leads.Rebuilding;

/// <summary>What a rebuild's workers have put right so far.</summary>
internal sealed class RebuildTally
{
    public long RowsRemoved;
    public long ClaimsRemoved;
    public long ClaimsRestored;

    public RebuildResult Result(WorkProgress progress) =>
        new(progress.Leads, progress.Events, RowsRemoved, ClaimsRemoved, ClaimsRestored);
}
