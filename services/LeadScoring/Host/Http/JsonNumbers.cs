namespace LeadScoring.Host.Http;

/// <summary>JSON numbers as IEEE doubles, which is how scalars keep them.</summary>
public static class JsonNumbers
{
    /// <summary>From here on neighbouring whole numbers are one double (RFC 7493 stops here, too).</summary>
    private const long WholeNumberEnd = 9_007_199_254_740_992;

    /// <param name="number">What the text was read as.</param>
    /// <param name="json">The number as it was written, in UTF-8.</param>
    /// <returns>Why the number is refused; null when it is taken.</returns>
    public static string? Complaint(double number, ReadOnlySpan<byte> json)
    {
        if (!double.IsFinite(number)) return "The number is too large.";
        return Math.Abs(number) >= WholeNumberEnd && json.IndexOfAny("eE."u8) < 0
            ? $"A whole number from {WholeNumberEnd} on may lose digits; send it as a text."
            : null;
    }
}
