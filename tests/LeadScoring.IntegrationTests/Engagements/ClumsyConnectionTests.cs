using System.IO.Compression;
using System.Net;
using System.Text;
using LeadScoring.Contracts;
using LeadScoring.Host.Http;
using LeadScoring.IntegrationTests.Leads;
using LeadScoring.IntegrationTests.Setup;
using static LeadScoring.IntegrationTests.Engagements.EngagementJson;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>
/// Requests that are odd below the JSON. After a refusal the connection either serves the next request or is closed: what
/// follows must never be taken for a request by mistake.
/// </summary>
public sealed class ClumsyConnectionTests(ListeningLeadApi api) : IClassFixture<ListeningLeadApi>
{
    private const string One = "/v1/engagements";
    private const string Many = "/v1/engagements/batch";

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("Application/JSON", true)]
    [InlineData("application/json; charset=UTF-8", true)]
    [InlineData("application/json;charset=\"utf-8\"", true)]
    [InlineData("application/json; charset=iso-8859-1", false)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/problem+json", false)]
    [InlineData("application/cloudevents+json", false)]
    [InlineData("application/x-ndjson", false)]
    [InlineData("application/x-www-form-urlencoded", false)]
    [InlineData("text/json", false)]
    [InlineData("text/plain", false)]
    [InlineData("multipart/form-data; boundary=x", false)]
    [InlineData("json", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public async Task Only_JSON_in_UTF8_is_read(string? contentType, bool taken)
    {
        var client = await api.NewTenantAsync();
        foreach (var (path, body) in new[] { (One, Good), (Many, Batch(Good)) })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);

            using var answer = await client.Http.PostAsync(path, content);

            if (taken) answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
            else (await answer.ShouldBeProblemAsync(415, "unsupported_media_type")).Detail.ShouldContain("application/json in UTF-8");
        }

        (await RecordedAsync(client)).ShouldBe(taken ? 1 : 0);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br, gzip")]
    [InlineData("nonsense")]
    public async Task A_body_in_a_content_encoding_is_refused(string encoding)
    {
        var client = await api.NewTenantAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Good));
        }

        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new("application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        using var answer = await client.Http.PostAsync(One, content);

        (await answer.ShouldBeProblemAsync(415, "unsupported_media_type")).Detail.ShouldContain("without a content encoding");
        (await RecordedAsync(client)).ShouldBe(0);
    }

    public static TheoryData<string, int, string> RefusedAtOnce => new()
    {
        { "bad JSON", 400, "malformed_json" },
        { "bad field", 400, "validation_failed" },
        { "no key", 401, "missing_api_key" },
        { "wrong key", 401, "invalid_api_key" },
        { "wrong type", 415, "unsupported_media_type" },
        { "unknown address", 404, "not_found" },
        { "wrong method", 405, "method_not_allowed" },
    };

    [Theory]
    [MemberData(nameof(RefusedAtOnce))]
    public async Task The_request_behind_a_refused_one_is_served(string kind, int status, string code)
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);

        // In one go: the second request is there before the first is answered.
        await connection.SendAsync(RefusedRequest(kind, client) + Request(client, One, Good));

        (await connection.ReadAsync()).ShouldBeProblem(status, code);
        (await connection.ReadAsync()).Status.ShouldBe(201);
        await connection.SendAsync(Request(client, One, Good));
        (await connection.ReadAsync()).Status.ShouldBe(200);
        (await RecordedAsync(client)).ShouldBe(1);
    }

    [Theory]
    [InlineData(One, BodyLimits.BytesMax + 1, false)]
    [InlineData(One, BodyLimits.BytesMax + 1, true)]
    [InlineData(Many, BodyLimits.BatchBytesMax + 1, false)]
    [InlineData(Many, BodyLimits.BatchBytesMax + 1, true)]
    public async Task A_client_that_sends_too_much_is_told_that_the_connection_ends(string path, int length, bool chunked)
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);
        var body = new string(' ', length);

        await connection.SendAsync(chunked
            ? Head(client, path, "Transfer-Encoding: chunked") + $"{length:x}\r\n{body}\r\n0\r\n\r\n"
            : Head(client, path, $"Content-Length: {length}") + body);

        var answer = await connection.ReadAsync();
        answer.ShouldBeProblem(413, "body_too_large");
        answer.Closes.ShouldBeTrue();
        (await connection.IsClosedAsync()).ShouldBeTrue();
    }

    [Theory]
    [InlineData(One, "Content-Length: 2097152")]
    [InlineData(Many, "Content-Length: 2097152")]
    [InlineData(Many, "Content-Length: 9223372036854775807")]
    public async Task A_length_beyond_the_limit_is_refused_before_the_body_comes(string path, string length)
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);

        await connection.SendAsync(Head(client, path, length, "Expect: 100-continue"));

        var answer = await connection.ReadAsync();
        answer.ShouldBeProblem(413, "body_too_large").Detail.ShouldContain(
            path == One ? $" {BodyLimits.BytesMax} bytes" : $" {BodyLimits.BatchBytesMax} bytes");
        answer.Closes.ShouldBeTrue();
        (await connection.IsClosedAsync()).ShouldBeTrue("The body that was announced will not be read.");
    }

    [Fact]
    public async Task A_stranger_with_too_long_a_body_is_told_that_the_connection_ends()
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);

        await connection.SendAsync(Head(client, One, "Content-Length: 2097152").Replace("Bearer ls_", "Bearer xx_"));

        var answer = await connection.ReadAsync();
        answer.ShouldBeProblem(401, "invalid_api_key");
        answer.Closes.ShouldBeTrue();
    }

    [Fact]
    public async Task A_body_in_crumbs_is_put_together()
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);
        var body = Encoding.UTF8.GetBytes(With("campaign", "\"Frühling 😀\""));
        await connection.SendAsync(Head(client, One, "Transfer-Encoding: chunked"));

        foreach (var single in body) await connection.SendAsync([.. "1;note=x\r\n"u8, single, .. "\r\n"u8]);
        await connection.SendAsync("0\r\nX-Trailer: ignored\r\n\r\n");

        (await connection.ReadAsync()).Status.ShouldBe(201);
        var campaign = await api.Database.ScalarAsync<string>(
            "select data ->> 'Campaign' from mt_events where tenant_id = $1 and type = 'engagement_recorded'", client.TenantId);
        campaign.ShouldBe("Frühling 😀");
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "5\r\n{\"id\"\r\nzz\r\n")]
    [InlineData("Transfer-Encoding: chunked", "-1\r\n")]
    [InlineData("Transfer-Encoding: chunked", "fffffffffffffffff\r\n")]
    [InlineData("Transfer-Encoding: gzip", "")]
    [InlineData("Content-Length: -1", "")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6", "{}")]
    [InlineData("Content-Length: ten", "{}")]
    public async Task A_body_whose_end_cannot_be_told_ends_the_connection(string framing, string body)
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);

        await connection.SendAsync(Head(client, One, framing) + body);

        (await connection.ReadAsync()).Status.ShouldBeInRange(400, 499);
        (await connection.IsClosedAsync()).ShouldBeTrue();
        (await RecordedAsync(client)).ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_stops_coming_is_given_up()
    {
        var client = await api.NewTenantAsync();
        using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);

        await connection.SendAsync(Head(client, One, "Content-Length: 500") + Good[..20]);

        (await connection.ReadAsync()).ShouldBeProblem(408, "request_timeout");
        (await connection.IsClosedAsync()).ShouldBeTrue();
        (await RecordedAsync(client)).ShouldBe(0);
    }

    [Theory]
    [InlineData(One)]
    [InlineData(Many)]
    public async Task A_client_that_hangs_up_in_the_middle_leaves_nothing_behind(string path)
    {
        var client = await api.NewTenantAsync();
        var body = path == One ? Good : Batch(Good, Good);
        for (var i = 0; i < 10; i++)
        {
            using var connection = await RawConnection.OpenAsync(client.Http.BaseAddress!);
            await connection.SendAsync(Head(client, path, $"Content-Length: {body.Length}") + body[..^1]);
        }

        using var answer = await client.Http.PostTextAsync(One, With("id", "\"after\""));

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await RecordedAsync(client)).ShouldBe(1);
    }

    private static string RefusedRequest(string kind, ApiClient client) => kind switch
    {
        "bad JSON" => Request(client, One, "{\"id\":"),
        "bad field" => Request(client, Many, "[]"),
        "no key" => Request(client, One, Good).Replace("Authorization: ", "X-Authorization: "),
        "wrong key" => Request(client, One, Good).Replace("Bearer ls_", "Bearer xx_"),
        "wrong type" => Request(client, One, Good).Replace("application/json", "text/plain"),
        "unknown address" => Request(client, "/v1/nothing", Good),
        "wrong method" => Request(client, One, Good).Replace("POST", "PUT"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Request(ApiClient client, string path, string body) =>
        Head(client, path, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}") + body;

    private static string Head(ApiClient client, string path, params string[] headers) =>
        $"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {client.Http.DefaultRequestHeaders.Authorization}\r\n"
        + $"Content-Type: application/json\r\n{string.Join("\r\n", headers)}\r\n\r\n";

    private Task<long> RecordedAsync(ApiClient client) => api.Database.ScalarAsync<long>(
        "select count(*) from mt_events where tenant_id = $1 and type = 'engagement_recorded'", client.TenantId);
}
