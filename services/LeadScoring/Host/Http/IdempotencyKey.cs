namespace LeadScoring.Host.Http;

/// <summary>The header by which a client marks a request it may repeat without having it done twice.</summary>
public static class IdempotencyKey
{
    public const int LengthMax = 128;

    private const string Header = "Idempotency-Key";

    /// <summary>For a key under which another request is known.</summary>
    public static Refusal Reused { get; } = new(
        422, "idempotency_key_reused", $"This {Header} came with another request before; take another one.");

    private static readonly Refusal Invalid = new(
        400, "idempotency_key_invalid", $"An {Header} is 1 to {LengthMax} visible ASCII characters, sent once.");

    /// <returns>The key, if there is one; or why it is none.</returns>
    public static (string? Key, Refusal? Refusal) Read(HttpRequest request) => request.Headers[Header] switch
    {
        [] => (null, null),
        [{ Length: > 0 and <= LengthMax } key] when key.All(c => c is > ' ' and < (char)127) => (key, null),
        _ => (null, Invalid),
    };
}
