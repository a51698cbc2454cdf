using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LeadScoring.Benchmarks.Load;

/// <param name="BodyStart">The body's first bytes, at most <see cref="HttpConnection.BodyStartMax"/>; valid until the next exchange.</param>
internal readonly record struct HttpAnswer(int Status, ReadOnlyMemory<byte> BodyStart);

/// <summary>
/// One kept-alive HTTP/1.1 connection that sends ready-made bytes and reads just enough of the answer to know its status, its end
/// and how its body begins: a client that costs next to nothing beside the server it measures.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    public const int BodyStartMax = 512;

    private const int ReceiveBytes = 64 * 1024;

    private readonly Socket socket;
    private readonly byte[] received = new byte[ReceiveBytes];
    private readonly byte[] bodyStart = new byte[BodyStartMax];
    private int next;
    private int end;
    private int bodyKept;

    private HttpConnection(Socket socket) => this.socket = socket;

    public static async ValueTask<HttpConnection> OpenAsync(IPEndPoint server, CancellationToken ct)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, ct);
            return new HttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one request and reads its whole answer.</summary>
    /// <exception cref="BenchmarkFailure">What came back is no HTTP/1.1 answer this client understands, or the server hung up.</exception>
    public async ValueTask<HttpAnswer> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        while (request.Length > 0) request = request[await socket.SendAsync(request, SocketFlags.None)..];

        bodyKept = 0;
        int headLength;
        while ((headLength = received.AsSpan(next, end - next).IndexOf("\r\n\r\n"u8)) < 0) await FillAsync();
        var (status, contentLength) = ReadHead(received.AsSpan(next, headLength + 2));
        next += headLength + 4;
        if (contentLength is { } length) await TakeAsync(length);
        else await TakeChunksAsync();
        return new HttpAnswer(status, bodyStart.AsMemory(0, bodyKept));
    }

    public void Dispose() => socket.Dispose();

    /// <returns>The length is null when the body comes in chunks.</returns>
    private static (int Status, int? ContentLength) ReadHead(ReadOnlySpan<byte> head)
    {
        var lineEnd = head.IndexOf("\r\n"u8);
        if (!head.StartsWith("HTTP/1.1 "u8) || !int.TryParse(head[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new BenchmarkFailure($"No HTTP/1.1 answer: {Encoding.Latin1.GetString(head[..Math.Max(lineEnd, 0)])}");
        }

        for (head = head[(lineEnd + 2)..]; (lineEnd = head.IndexOf("\r\n"u8)) > 0; head = head[(lineEnd + 2)..])
        {
            var line = head[..lineEnd];
            var colon = line.IndexOf((byte)':');
            if (Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8))
            {
                return (status, int.Parse(line[(colon + 1)..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture));
            }

            if (Ascii.EqualsIgnoreCase(line[..colon], "transfer-encoding"u8)) return (status, null);
        }

        throw new BenchmarkFailure($"An answer {status} says neither how long it is nor that it comes in chunks.");
    }

    private async ValueTask TakeChunksAsync()
    {
        while (true)
        {
            int lineLength;
            while ((lineLength = received.AsSpan(next, end - next).IndexOf("\r\n"u8)) < 0) await FillAsync();
            var size = int.Parse(received.AsSpan(next, lineLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            next += lineLength + 2;
            await TakeAsync(size);
            await SkipLineEndAsync();
            if (size == 0) return;
        }
    }

    private async ValueTask SkipLineEndAsync()
    {
        while (end - next < 2) await FillAsync();
        next += 2;
    }

    private async ValueTask TakeAsync(int length)
    {
        while (length > 0)
        {
            if (next == end) await FillAsync();
            var piece = Math.Min(length, end - next);
            var kept = Math.Min(piece, BodyStartMax - bodyKept);
            received.AsSpan(next, kept).CopyTo(bodyStart.AsSpan(bodyKept));
            bodyKept += kept;
            next += piece;
            length -= piece;
        }
    }

    private async ValueTask FillAsync()
    {
        if (next == end)
        {
            next = end = 0;
        }
        else if (end == received.Length)
        {
            if (next == 0) throw new BenchmarkFailure($"A header or chunk line is longer than {ReceiveBytes} bytes.");
            received.AsSpan(next, end - next).CopyTo(received);
            end -= next;
            next = 0;
        }

        var count = await socket.ReceiveAsync(received.AsMemory(end), SocketFlags.None);
        if (count == 0) throw new BenchmarkFailure("The service closed a connection.");
        end += count;
    }
}
