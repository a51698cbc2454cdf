namespace LeadScoring.Domain.Statistics;

/// <summary>A range that holds the truth with a stated confidence.</summary>
public readonly record struct Interval(double Low, double High);
