using System.Collections.Frozen;

namespace LeadScoring.Host.Http;

/// <summary>Answers are data for programs: not to be sniffed, framed or kept by caches on the way.</summary>
public static class SecurityHeaders
{
    /// <summary>Swagger UI is a page: it loads its own scripts and styles, and images it carries along.</summary>
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    public static FrozenSet<string> Names { get; } = FrozenSet.ToFrozenSet(
        ["X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "Cache-Control"], StringComparer.OrdinalIgnoreCase);

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = http.Request.Path.StartsWithSegments("/swagger", StringComparison.Ordinal) ? PagePolicy : DataPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return next(http);
    });
}
