using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LeadScoring.Contracts;
using System.Text.Json;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>One connection without a client's good manners: what is sent, and when, is up to the test.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);
    private readonly TcpClient _socket;
    private readonly BufferedStream _stream;

    private RawConnection(TcpClient socket)
    {
        _socket = socket;
        _stream = new(socket.GetStream());
    }

    public static async Task<RawConnection> OpenAsync(Uri url)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(url.Host, url.Port);
        socket.NoDelay = true;
        return new(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _socket.GetStream().WriteAsync(bytes);

    /// <summary>The next answer on this connection, read to its end and no further.</summary>
    public async Task<RawAnswer> ReadAsync() => await Task.Run(Read).WaitAsync(AnswerWithin);

    /// <summary>Whether the server ends the connection without another word.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await Task.Run(_stream.ReadByte).WaitAsync(AnswerWithin) < 0;
        }
        catch (IOException)
        {
            return true; // Reset: what was still being sent met a closed door.
        }
    }

    public void Dispose() => _socket.Dispose();

    private RawAnswer Read()
    {
        var status = Line().Split(' ');
        status[0].ShouldBe("HTTP/1.1");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (Line() is { Length: > 0 } line) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();

        var body = new MemoryStream();
        if (headers.TryGetValue("Content-Length", out var length)) Copy(int.Parse(length), body);
        else if (headers.ContainsKey("Transfer-Encoding"))
        {
            while (int.Parse(Line(), NumberStyles.HexNumber) is > 0 and var chunk)
            {
                Copy(chunk, body);
                Line();
            }

            Line();
        }

        return new(int.Parse(status[1]), headers, Encoding.UTF8.GetString(body.ToArray()));
    }

    private void Copy(int count, MemoryStream into)
    {
        var bytes = new byte[count];
        _stream.ReadExactly(bytes);
        into.Write(bytes);
    }

    private string Line()
    {
        var line = new StringBuilder();
        while (_stream.ReadByte() is var b && b != '\n')
        {
            if (b < 0) throw new EndOfStreamException("The connection ended before the answer did.");
            line.Append((char)b);
        }

        return line.ToString().TrimEnd('\r');
    }
}

internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public bool Closes => Headers.TryGetValue("Connection", out var connection) && connection == "close";

    public Problem ShouldBeProblem(int status, string code)
    {
        Status.ShouldBe(status, Body);
        Headers["Content-Type"].ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize<Problem>(Body, JsonSerializerOptions.Web).ShouldNotBeNull();
        problem.Code.ShouldBe(code, Body);
        return problem;
    }
}
