using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LeadScoring.Host.Http;

/// <summary>Answers 200 with a JSON body whose length is known before its first byte leaves.</summary>
public static class JsonAnswer
{
    public const string ContentType = "application/json; charset=utf-8";

    private const int BytesAtFirst = 4 * 1024;

    /// <summary>A thread keeps its buffer for the next answer, unless one answer made it larger than this.</summary>
    private const int BytesKeptMax = 64 * 1024;

    [ThreadStatic]
    private static Sheet? _sheet;

    /// <param name="write">Writes one JSON value; synchronous, so that a thread needs one buffer.</param>
    public static Task WriteAsync<T>(HttpContext http, T subject, Action<Utf8JsonWriter, T> write)
    {
        var sheet = _sheet ??= new();
        sheet.Buffer.ResetWrittenCount();
        sheet.Json.Reset(sheet.Buffer);
        write(sheet.Json, subject);
        sheet.Json.Flush();
        if (sheet.Buffer.Capacity > BytesKeptMax) _sheet = null;

        var response = http.Response;
        response.ContentType = ContentType;
        response.ContentLength = sheet.Buffer.WrittenCount;

        // The server copies the bytes before it first waits, so the buffer is free when this returns.
        var sent = response.BodyWriter.WriteAsync(sheet.Buffer.WrittenMemory);
        return sent.IsCompletedSuccessfully ? Task.CompletedTask : sent.AsTask();
    }

    private sealed class Sheet
    {
        public Sheet() => Json = new(Buffer, new JsonWriterOptions { SkipValidation = true });

        public ArrayBufferWriter<byte> Buffer { get; } = new(BytesAtFirst);

        public Utf8JsonWriter Json { get; }
    }
}

/// <summary>
/// An answer written whole before the first byte leaves: it states its length, is not cut into chunks, and takes the serialiser's
/// quickest way, which one that may have to wait for the client cannot.
/// </summary>
/// <param name="type">From <see cref="WireJson"/>.</param>
/// <param name="bytesExpected">About how long it will be; a wrong guess costs a copy.</param>
public sealed class WireResult<T>(T value, JsonTypeInfo<T> type, int status, int bytesExpected) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var body = new PooledBytes(bytesExpected);
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true }))
        {
            JsonSerializer.Serialize(json, value, type);
        }

        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = JsonAnswer.ContentType;
        response.ContentLength = body.Written.Length;
        await response.Body.WriteAsync(body.Written);
    }
}

/// <summary>Bytes written one after the other into a rented array, which grows by doubling. Dispose it once nothing reads them any more.</summary>
/// <param name="capacity">So many are taken without growing.</param>
public sealed class PooledBytes(int capacity) : IBufferWriter<byte>, IDisposable
{
    private const int RoomMin = 256;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity + RoomMin);
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _length);
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_length);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void MakeRoom(int sizeHint)
    {
        var needed = checked(_length + Math.Max(sizeHint, RoomMin));
        if (needed <= _buffer.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
        Written.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
