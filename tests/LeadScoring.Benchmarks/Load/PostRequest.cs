using System.Globalization;
using System.Text;
using LeadScoring.Benchmarks.Traffic;

namespace LeadScoring.Benchmarks.Load;

/// <summary>One client's posts to one path, composed in a buffer that it keeps.</summary>
internal sealed class PostRequest(string path, string apiKey)
{
    private const int LengthDigitsMax = 10;

    private readonly byte[] head = Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {apiKey}\r\nContent-Type: application/json\r\nContent-Length: ");

    private byte[] buffer = [];

    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <param name="now">UTC.</param>
    /// <returns>The whole request; valid until the next one is composed.</returns>
    public ReadOnlyMemory<byte> Compose(PostBody body, DateTime now)
    {
        var bodyLength = body.Length;
        var lengthMax = head.Length + LengthDigitsMax + HeadEnd.Length + bodyLength;
        if (buffer.Length < lengthMax) buffer = new byte[lengthMax * 2];

        head.CopyTo(buffer, 0);
        var at = head.Length;
        bodyLength.TryFormat(buffer.AsSpan(at), out var digits, provider: CultureInfo.InvariantCulture);
        at += digits;
        HeadEnd.CopyTo(buffer.AsSpan(at));
        at += HeadEnd.Length;
        body.WriteTo(buffer.AsSpan(at), now);
        return buffer.AsMemory(0, at + bodyLength);
    }
}
