namespace LeadScoring.Host.Backtests;

/// <summary>The leads whose ids' hash, modulo a power of two, is a given number.</summary>
internal readonly record struct LeadShard(int Count, int Index);
