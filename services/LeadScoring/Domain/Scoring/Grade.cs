namespace LeadScoring.Domain.Scoring;

/// <summary>How well the lead fits, best first.</summary>
public enum Grade
{
    A,
    B,
    C,
    D,
}
