using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LeadScoring.Benchmarks.Traffic;

/// <summary>An engagement's JSON, ready but for its id and its time, which have a fixed place and width.</summary>
internal sealed class EngagementTemplate
{
    private const string IdPrefix = "bench-";
    private const string BlankNumber = "000000000000";
    private const string BlankTime = "0000-00-00T00:00:00.000Z";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly byte[] json;
    private readonly int numberAt;
    private readonly int timeAt;
    private readonly TimeSpan lateness;

    public EngagementTemplate(int lead, SampledEngagement engagement)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", IdPrefix + BlankNumber);
            writer.WriteString("occurredAt", BlankTime);
            SampledLead.WriteTo(writer, lead);
            engagement.WriteTo(writer);
            writer.WriteEndObject();
        }

        json = buffer.WrittenSpan.ToArray();
        numberAt = json.AsSpan().IndexOf(Encoding.ASCII.GetBytes(BlankNumber));
        timeAt = json.AsSpan().IndexOf(Encoding.ASCII.GetBytes(BlankTime));
        lateness = engagement.Lateness;
    }

    public int Length => json.Length;

    /// <param name="number">Makes the id; at most twelve digits.</param>
    /// <param name="now">UTC.</param>
    public void WriteTo(Span<byte> destination, long number, DateTime now)
    {
        json.CopyTo(destination);
        number.TryFormat(destination.Slice(numberAt, BlankNumber.Length), out _, "D12", CultureInfo.InvariantCulture);
        (now - lateness).TryFormat(destination.Slice(timeAt, BlankTime.Length), out _, TimeFormat, CultureInfo.InvariantCulture);
    }
}
