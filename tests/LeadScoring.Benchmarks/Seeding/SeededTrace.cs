using System.Globalization;
using System.Text;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>What an event says of the request it came with: as long as the service writes it, and different for each.</summary>
internal sealed class SeededTrace
{
    private const string Blank = "00000000000000000000000000000000";

    private readonly byte[] headers = Encoding.ASCII.GetBytes(
        $$"""{"actor":"k_0123456789abcdef","traceparent":"00-{{Blank}}-b7ad6b7169203331-01"}""");

    private readonly int traceAt;
    private UInt128 trace;

    public SeededTrace() => traceAt = headers.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Blank));

    public string CorrelationId => trace.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Valid until the next one.</summary>
    public ReadOnlyMemory<byte> Headers => headers;

    public void Next(Random random)
    {
        trace = new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
        trace.TryFormat(headers.AsSpan(traceAt), out _, "x32", CultureInfo.InvariantCulture);
    }
}
