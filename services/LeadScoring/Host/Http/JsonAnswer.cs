using System.Buffers;
using System.Text.Json;

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
