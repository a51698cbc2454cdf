namespace LeadScoring.Host.Leads.Caching;

/// <summary>
/// Whether it pays to decide on remembered leads. A wrong guess costs a commit that stores nothing, so while many are wrong
/// (other instances write the same leads, producers repeat what they posted) everything is loaded first, and the guesses
/// that would have been made are watched until they are right again.
/// </summary>
internal sealed class CacheTrust
{
    private const double WrongShareMax = 0.05;

    /// <summary>Guesses that the share is taken over, roughly.</summary>
    private const double Memory = 2_000;

    private double _wrongShare;

    public bool IsWorthIt => Volatile.Read(ref _wrongShare) <= WrongShareMax;

    /// <param name="guesses">Made, or only watched, since the last call; with 0 nothing changes.</param>
    public void Note(int guesses, int wrong)
    {
        if (guesses == 0) return;
        var weight = Math.Min(1, guesses / Memory);
        var share = Volatile.Read(ref _wrongShare);
        Volatile.Write(ref _wrongShare, share + (weight * (((double)wrong / guesses) - share)));
    }
}
