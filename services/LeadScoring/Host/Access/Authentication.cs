using LeadScoring.Host.Http;
using Microsoft.Net.Http.Headers;

namespace LeadScoring.Host.Access;

/// <summary>What an endpoint asks of its caller: one of these scopes.</summary>
public sealed record RequiredScopes(IReadOnlyList<string> AnyOf);

public static class RequiredScopesOfEndpoints
{
    /// <summary>Only keys with this scope (or one of these) may call the endpoint; it finds them in <c>http.Caller()</c>.</summary>
    /// <param name="anyOf">From <see cref="Contracts.Scopes"/>.</param>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoint, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredScopes(anyOf));
}

/// <summary>
/// Runs between routing and the endpoint, before anything of the body is read. An endpoint that asks for no scope is open.
/// </summary>
public sealed class Authentication(RequestDelegate next, KeyRing keys, GuessLimit guesses)
{
    private const string Scheme = "Bearer ";

    private static readonly Refusal Missing = new(
        401, "missing_api_key", "Send an API key in the header Authorization: Bearer ls_...");

    private static readonly Refusal Invalid = new(
        401, "invalid_api_key", "This API key does not exist, has expired or was revoked.");

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
            return;
        }

        if (key is not null && await keys.FindAsync(key) is { } caller)
        {
            await AdmitAsync(http, required, caller);
            return;
        }

        guesses.CountFailure(http);
        await ChallengeAsync(http, Invalid, "Bearer error=\"invalid_token\"");
    }

    private Task AdmitAsync(HttpContext http, RequiredScopes required, Caller caller)
    {
        for (var i = 0; i < required.AnyOf.Count; i++)
        {
            if (!caller.Scopes.Contains(required.AnyOf[i])) continue;
            http.Features.Set(caller);
            return next(http);
        }

        var scopes = string.Join(" or ", required.AnyOf);
        return ChallengeAsync(
            http,
            new Refusal(403, "missing_scope", $"This API key lacks the scope {scopes}."),
            $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', required.AnyOf)}\"");
    }

    private static Task ChallengeAsync(HttpContext http, Refusal refusal, string challenge)
    {
        http.Response.Headers[HeaderNames.WWWAuthenticate] = challenge;
        return Problems.WriteAsync(http, refusal);
    }
}
