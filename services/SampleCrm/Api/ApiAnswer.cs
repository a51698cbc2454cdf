using LeadScoring.Contracts;

namespace SampleCrm.Api;

/// <summary>What the service said to one request, after the retries.</summary>
/// <param name="Status">HTTP status; 0 when no answer came.</param>
/// <param name="Value">Set exactly when <paramref name="Problem"/> is not.</param>
public sealed record ApiAnswer<T>(int Status, T? Value, Problem? Problem)
    where T : class
{
    /// <summary>The lead moved on between reading and commanding: look again rather than insist.</summary>
    public bool SomeoneWasFaster => Status is 409 or 412;

    /// <summary>Nothing is wrong with the request; the same one may succeed later.</summary>
    public bool WorthRepeating => Status is 0 or 429 or 502 or 503 or 504;

    /// <returns>The value.</returns>
    /// <exception cref="ServiceRefused">The service said no, or nothing.</exception>
    public T OrThrow() => Value ?? throw new ServiceRefused(Status, Problem!);
}

/// <summary>The service will not, and asking again would not help; the message says why in one sentence.</summary>
public sealed class ServiceRefused(int status, Problem problem) : Exception(Sentence(status, problem))
{
    private static string Sentence(int status, Problem problem) => status switch
    {
        0 => problem.Detail,
        401 => "The service does not know this API key.",
        403 => $"The API key lacks a scope: {problem.Detail}",
        _ => $"The service answered {status} {problem.Code}: {problem.Detail}",
    };
}
