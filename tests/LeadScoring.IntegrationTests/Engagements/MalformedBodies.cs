using System.Text;

namespace LeadScoring.IntegrationTests.Engagements;

/// <param name="Says">A part of the problem's detail.</param>
public sealed record MalformedBody(byte[] Body, string Says)
{
    public MalformedBody(string body, string says)
        : this(Encoding.UTF8.GetBytes(body), says)
    {
    }
}

/// <summary>Bodies that are no JSON, as an engagement or as a batch.</summary>
public static class MalformedBodies
{
    private static readonly Dictionary<string, MalformedBody> Table = new()
    {
        ["nothing"] = new("", "empty"),
        ["blanks"] = new(" \n ", "line 2, position 2"),
        ["a second document"] = new("{}{}", "line 1, position 3"),
        ["trailing letters"] = new("{} x", "line 1, position 4"),
        ["a trailing comma"] = new("{\"id\":\"e-1\",}", "line 1, position 13"),
        ["a missing comma"] = new("{\"id\":\"é\"\n\"source\":\"web\"}", "line 2, position 1"),
        ["no end"] = new("{\"id\":\"e-1\"", "line 1, position 12"),
        ["no end of a list"] = new("{\"engagements\":[{}", "line 1, position 19"),
        ["a comment"] = new("{/* who */}", "line 1, position 2"),
        ["single quotes"] = new("{'id':1}", "line 1, position 2"),
        ["a bare name"] = new("{id:1}", "line 1, position 2"),
        ["not a number"] = new("{\"properties\":{\"a\":NaN}}", "line 1, position 20"),
        ["a number with a leading zero"] = new("{\"properties\":{\"a\":01}}", "line 1, position 21"),
        ["a raw line break in a text"] = new("{\"id\":\"a\nb\"}", "line 1, position 9"),
        ["an escape that is none"] = new("{\"id\":\"\\x\"}", "line 1, position 9"),
        ["half an escape"] = new("{\"id\":\"\\u12\"}", "line 1, position 12"),
        ["a depth bomb without end"] = new(new string('[', 30_000), "line 1, position 30001"),
        ["a depth bomb of objects without end"] = new(
            string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), "line 1, position 50001"),
        ["a form"] = new("id=e-1&source=web", "line 1, position 1"),
        ["XML"] = new("<engagement/>", "line 1, position 1"),
        ["a byte order mark"] = new("\uFEFF{}", "byte order mark"),
        ["UTF-16"] = new(Encoding.Unicode.GetBytes("{}"), "line 1, position 2"),
        ["a broken byte between the fields"] = new([.. "{\"id\":\"e-1\""u8, 0xC3, .. "}"u8], "line 1, position 12"),
        ["NUL after the end"] = new("{}\0", "line 1, position 3"),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    public static MalformedBody Named(string name) => Table[name];
}
