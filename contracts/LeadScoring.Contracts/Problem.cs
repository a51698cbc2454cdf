namespace LeadScoring.Contracts;

/// <summary>RFC 9457 problem details: every error of the service has this shape.</summary>
/// <param name="Type"><c>about:blank</c>.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable snake_case code to act on.</param>
/// <param name="Detail">One sentence for a person; holds no personal data.</param>
/// <param name="Errors">For <c>validation_failed</c>: what is wrong, by JSON path.</param>
/// <param name="TraceId">W3C trace id to quote in a report.</param>
public sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Code,
    string Detail,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors = null,
    string? TraceId = null);
