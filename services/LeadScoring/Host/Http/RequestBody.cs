using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;

namespace LeadScoring.Host.Http;

/// <summary>The whole body of a request in a pooled buffer. Dispose it once nothing reads <see cref="Bytes"/> any more.</summary>
public sealed class RequestBody : IDisposable
{
    private const int FirstBufferBytes = 4096;

    private byte[] buffer;
    private int length;

    private RequestBody(int capacity) => buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <summary>Reads a JSON body: refused with 415 when it is called something else, with 413 when it is too large.</summary>
    /// <param name="bytesMax">One of <see cref="BodyLimits"/>.</param>
    public static async ValueTask<RequestBodyOrRefusal> ReadAsync(HttpContext http, int bytesMax)
    {
        var request = http.Request;
        if (!IsJson(request)) return new(null, Refusal.UnsupportedMediaType);
        if (request.ContentLength > bytesMax) return new(null, Refusal.BodyTooLarge(bytesMax));

        // One byte of room beyond the length, so that the end is seen without growing.
        var body = new RequestBody(request.ContentLength is { } stated ? (int)stated + 1 : FirstBufferBytes);
        try
        {
            while (true)
            {
                if (body.length == body.buffer.Length) body.Grow();
                var read = await request.Body.ReadAsync(body.buffer.AsMemory(body.length), http.RequestAborted);
                if (read == 0) return new(body, null);
                body.length += read;
                if (body.length > bytesMax)
                {
                    body.Dispose();
                    return new(null, Refusal.BodyTooLarge(bytesMax));
                }
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // In chunks, the server's own limit may be met first; the endpoint's is the one that counts.
            body.Dispose();
            return new(null, Refusal.BodyTooLarge(bytesMax));
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // The server says so of chunks whose size makes no sense: the client's doing, not ours.
            body.Dispose();
            throw new BadHttpRequestException("The body does not end as its headers say.", e);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        length = 0;
    }

    private static bool IsJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return false;
        if (string.Equals(request.ContentType, "application/json", StringComparison.Ordinal)) return true;
        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}

/// <summary>Exactly one of the two.</summary>
public readonly record struct RequestBodyOrRefusal(RequestBody? Body, Refusal? Refusal)
{
    public bool TryGet([NotNullWhen(true)] out RequestBody? body, [NotNullWhen(false)] out Refusal? refusal)
    {
        (body, refusal) = (Body, Refusal);
        return body is not null;
    }
}
