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

    public Task InvokeAsync(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is { } required ? AuthenticateAsync(http, required) : next(http);

    private async Task AuthenticateAsync(HttpContext http, RequiredScopes required)
    {
        var header = http.Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            await ChallengeAsync(http, Missing, "Bearer");
            return;
        }

        var key = ApiKeyText.TryParse(value.AsSpan(Scheme.Length).Trim(), out var text) ? text : null;
        var caller = key is null ? null : keys.Recall(key);
        if (caller is null)
        {
            if (guesses.IsExhausted(http) && (key is null || !keys.Remembers(key)))
            {
                await Problems.WriteAsync(http, TooManyFailures);
                return;
            }

            caller = key is null ? null : await keys.FindAsync(key);
        }

        if (caller is null)
        {
            guesses.CountFailure(http);
            await ChallengeAsync(http, Invalid, "Bearer error=\"invalid_token\"");
            return;
        }

        if (!required.AnyOf.Any(caller.Scopes.Contains))
        {
            var scopes = string.Join(" or ", required.AnyOf);
            await ChallengeAsync(
                http,
                new Refusal(403, "missing_scope", $"This API key lacks the scope {scopes}."),
                $"Bearer error=\"insufficient_scope\", scope=\"{string.Join(' ', required.AnyOf)}\"");
            return;
        }

        http.Features.Set(caller);
        await next(http);
    }

    private static Task ChallengeAsync(HttpContext http, Refusal refusal, string challenge)
    {
        http.Response.Headers[HeaderNames.WWWAuthenticate] = challenge;
        return Problems.WriteAsync(http, refusal);
    }
}
