using System.Globalization;
using System.Text;
using LeadScoring.Benchmarks.Traffic;
using LeadScoring.Domain.Leads;
using LeadScoring.EventStore;
using LeadScoring.EventStore.Events;

namespace LeadScoring.Benchmarks.Seeding;

/// <summary>An engagement as the service stores it, ready but for its id and its time, which have a fixed place and width.</summary>
internal sealed class EngagementBody
{
    private const string IdPrefix = "seed-";
    private const string IdDigits = "D12";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff";

    /// <summary>A fraction's last digit is never written as zero, so times whose last digit is not zero all have this width.</summary>
    private static readonly DateTimeOffset BlankTime = new(2000, 1, 1, 0, 0, 0, millisecond: 111, TimeSpan.Zero);

    private readonly byte[] json;
    private readonly int numberAt;
    private readonly int timeAt;
    private readonly TimeSpan lateness;

    public EngagementBody(SampledEngagement sample, EventTypes types)
    {
        var blank = new EngagementRecorded(
            sample.Source, IdOf(0), sample.Type, BlankTime, null, sample.Campaign, sample.Channel, sample.Asset, null, sample.Properties);
        var stored = types.ToNewEvent(Guid.Empty, blank, EventMetadata.None);
        json = stored.Body.ToArray();
        numberAt = json.AsSpan().IndexOf(Encoding.ASCII.GetBytes(IdOf(0))) + IdPrefix.Length;
        timeAt = json.AsSpan().IndexOf(Encoding.ASCII.GetBytes(BlankTime.ToString(TimeFormat, CultureInfo.InvariantCulture)));
        lateness = sample.Lateness;
        (Type, DotNetType, Source) = (stored.Type, stored.DotNetType, sample.Source);
    }

    public string Type { get; }

    public string DotNetType { get; }

    public string Source { get; }

    /// <summary>The producer's id.</summary>
    public static string IdOf(long number) => IdPrefix + number.ToString(IdDigits, CultureInfo.InvariantCulture);

    /// <param name="number">Makes the producer's id; at most twelve digits.</param>
    /// <param name="at">UTC; when the event is appended: it occurred a little earlier.</param>
    /// <returns>Valid until the next one is written.</returns>
    public ReadOnlyMemory<byte> Write(long number, DateTime at)
    {
        number.TryFormat(json.AsSpan(numberAt), out _, IdDigits, CultureInfo.InvariantCulture);
        WithLastDigit(at - lateness).TryFormat(json.AsSpan(timeAt), out _, TimeFormat, CultureInfo.InvariantCulture);
        return json;
    }

    private static DateTime WithLastDigit(DateTime at) => at.Millisecond % 10 == 0 ? at.AddMilliseconds(-9) : at;
}
