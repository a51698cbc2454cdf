using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LeadScoring.Host.Http;

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
