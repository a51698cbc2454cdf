using System.Diagnostics;
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

    private static string Write(string message, Exception? exception)
    {
        using var output = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "Category", default, message, exception, (state, _) => state);
        new LogLine().Write(entry, null, output);
        return output.ToString();
    }
}
