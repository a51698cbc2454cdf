using System.Diagnostics;
using System.Text.Json;
using LeadScoring.Host.Operations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.IntegrationTests.Operations;

public sealed class LogLineTests
{
    [Fact]
    public void An_entry_is_one_line_whatever_its_message_holds() =>
        Write("first\nsecond\r\nthird", new InvalidOperationException("a\nb")).TrimEnd('\n', '\r').ShouldNotContain('\n');

    [Fact]
    public void An_entry_names_its_trace()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();

        Write("message", null).ShouldContain($"trace={activity.TraceId.ToHexString()}");
    }

    [Fact]
    public void As_JSON_an_entry_is_one_object_with_its_fields_and_without_the_requests_path()
    {
        using var output = new StringWriter();
        var scopes = new LoggerExternalScopeProvider();
        using var scope = scopes.Push(new Dictionary<string, object> { ["RequestPath"] = "/v1/leads/ann.lee@example.com" });
        KeyValuePair<string, object?>[] fields = [new("Count", 3), new("Name", "a\nb"), new("{OriginalFormat}", "{Count} {Name}")];

        new LogJson().Write(new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Error, "Category", default, fields, new InvalidOperationException("why"), (_, _) => "3 a\nb"), scopes, output);

        var line = output.ToString().TrimEnd();
        line.ShouldNotContain("\n");
        line.ShouldNotContain("ann.lee");
        using var entry = JsonDocument.Parse(line);
        entry.RootElement.GetProperty("level").GetString().ShouldBe("Error");
        entry.RootElement.GetProperty("message").GetString().ShouldBe("3 a\nb");
        entry.RootElement.GetProperty("fields").GetProperty("Count").GetInt32().ShouldBe(3);
        entry.RootElement.GetProperty("exception").GetString().ShouldNotBeNull().ShouldContain("why");
    }

    private static string Write(string message, Exception? exception)
    {
        using var output = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Category", default, message, exception, (state, _) => state);
        new LogLine().Write(entry, null, output);
        return output.ToString();
    }
}
