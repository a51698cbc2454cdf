using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using LeadScoring.Host.Http;
using Microsoft.Net.Http.Headers;

namespace LeadScoring.Host.Access;

/// <summary>Whose request this is, as its API key says.</summary>
/// <param name="KeyId">The key's id, never the key.</param>
/// <param name="Scopes">What the key may do.</param>
/// <param name="IsOperator">The tenant's admin keys manage all tenants.</param>
public sealed record Caller(string TenantId, string KeyId, IReadOnlySet<string> Scopes, bool IsOperator);

/// <summary>What an endpoint asks of its caller: one of these scopes.</summary>
public sealed record RequiredScopes(IReadOnlyList<string> AnyOf);

public static class RequiredScopesOfEndpoints
{
    /// <summary>Only keys with this scope (or one of these) may call the endpoint; it finds them in <c>http.Caller()</c>.</summary>
    /// <param name="anyOf">From <see cref="Contracts.Scopes"/>.</param>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoint, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredScopes(anyOf));

    /// <summary>The authenticated caller of a request behind an endpoint that requires a scope.</summary>
    public static Caller Caller(this HttpContext http) =>
        http.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint requires no scope.");
}

/// <summary>
/// Runs between routing and the endpoint, before anything of the body is read. An endpoint that asks for no scope is open.
/// </summary>
public sealed class Authentication(RequestDelegate next, KeyRing keys, GuessLimit guesses)
{
    private const string Scheme = "Bearer ";

    private static readonly Refusal Missing = new(401, "missing_api_key", "Send an API key in the header Authorization: Bearer ls_...");
    private static readonly Refusal Invalid = new(401, "invalid_api_key", "This API key does not exist, has expired or was revoked.");

    private static readonly Refusal TooManyFailures = new(
        429, "too_many_requests", "Too many invalid API keys came from this address; try again later.") { RetryAfterSeconds = 60 };

    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is not { } required) return next(http);
        var presented = Presented(http.Request);
        return keys.Recall(presented.Span) is { } caller ? AdmitAsync(http, required, caller) : AuthenticateAsync(http, required, presented);
    }

    /// <returns>What stands behind the scheme; empty: nothing does.</returns>
    private static ReadOnlyMemory<char> Presented(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        return header.Count == 1 && header[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? value.AsMemory(Scheme.Length).Trim()
            : default;
    }

    private async Task AuthenticateAsync(HttpContext http, RequiredScopes required, ReadOnlyMemory<char> presented)
    {
        if (presented.IsEmpty)
        {
            await ChallengeAsync(http, Missing, "Bearer");
            return;
        }

        var key = ApiKeyText.TryParse(presented.Span, out var text) ? text : null;
        if (guesses.IsExhausted(http) && (key is null || !keys.Remembers(key)))
        {
            await Problems.WriteAsync(http, TooManyFailures);
        }
        else if (key is not null && await keys.FindAsync(key) is { } caller)
        {
            await AdmitAsync(http, required, caller);
        }
        else
        {
            guesses.CountFailure(http);
            await ChallengeAsync(http, Invalid, "Bearer error=\"invalid_token\"");
        }
    }

    private Task AdmitAsync(HttpContext http, RequiredScopes required, Caller caller)
    {
        for (var i = 0; i < required.AnyOf.Count; i++)
        {
            if (!caller.Scopes.Contains(required.AnyOf[i])) continue;
            http.Features.Set(caller);
            return next(http);
        }

        return ChallengeAsync(
            http,
            new Refusal(403, "missing_scope", $"This API key lacks the scope {string.Join(" or ", required.AnyOf)}."),
            $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', required.AnyOf)}\"");
    }

    private static Task ChallengeAsync(HttpContext http, Refusal refusal, string challenge)
    {
        http.Response.Headers[HeaderNames.WWWAuthenticate] = challenge;
        return Problems.WriteAsync(http, refusal);
    }
}

/// <summary>
/// How often one remote address may present a key that is none. Only failures count, and keys that are known to be good
/// pass however many others fail beside them.
/// </summary>
public sealed class GuessLimit(LimitOptions options) : IDisposable
{
    private const int NetworkBytesV6 = 8; // One customer commonly has a /64 to himself.

    private readonly PartitionedRateLimiter<HttpContext> limiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
        http => RateLimitPartition.GetTokenBucketLimiter(AddressOf(http), _ => new()
        {
            TokenLimit = options.FailedAuthenticationsPerMinute,
            TokensPerPeriod = options.FailedAuthenticationsPerMinute,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        }));

    /// <summary>Whether the caller's address has failed too often lately.</summary>
    public bool IsExhausted(HttpContext http) =>
        // Acquiring nothing would succeed on the fraction of a token that has dripped in meanwhile.
        limiter.GetStatistics(http) is { CurrentAvailablePermits: < 1 };

    public void CountFailure(HttpContext http) => limiter.AttemptAcquire(http).Dispose();

    public void Dispose() => limiter.Dispose();

    private static IPAddress AddressOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6) return address;
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, NetworkBytesV6, bytes.Length - NetworkBytesV6);
        return new IPAddress(bytes);
    }
}
