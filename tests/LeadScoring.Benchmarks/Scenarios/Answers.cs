using System.Text;
using LeadScoring.Benchmarks.Load;

namespace LeadScoring.Benchmarks.Scenarios;

internal static class Answers
{
    /// <exception cref="BenchmarkFailure">Another status, or a body whose beginning does not hold the text.</exception>
    public static void Expect(HttpAnswer answer, int status, ReadOnlySpan<byte> text)
    {
        if (answer.Status == status && answer.BodyStart.Span.IndexOf(text) >= 0) return;
        throw new BenchmarkFailure(
            $"Expected {status} with {Encoding.UTF8.GetString(text)}, got {answer.Status}: {Encoding.UTF8.GetString(answer.BodyStart.Span)}");
    }
}
