using System.Globalization;
using System.Text;
using LeadScoring.Host.Engagements;

namespace LeadScoring.IntegrationTests.Engagements;

/// <summary>Writes valid engagements in as many ways as JSON has: order, white space, escapes, notations.</summary>
internal sealed class RandomBody(Random random)
{
    private const string Alphabet = "abcXYZ 019-_.:/\\\"'<>&éßЖ漢\u2028";
    private static readonly string[] Types = ["page_viewed", "demo_requested", "a", "x1_y2"];
    private static readonly string[] Numbers = ["0", "-0", "1", "1.0", "-2.50", "1e3", "1E-7", "9007199254740991", "0.1", "123456.789e2"];

    private static readonly string[] Instants =
    [
        "2026-03-01T09:30:00Z", "2000-01-01T00:00:00Z", "2026-03-02T11:04:59.999+02:00", "2011-11-11T11:11:11.1234567-11:30",
        "2020-02-29T23:59Z",
    ];

    private readonly StringBuilder _json = new();

    /// <summary>UTF-8.</summary>
    public byte[] Next()
    {
        _json.Clear();
        Object(
        [
            ("id", () => Text(Words(128))), ("source", () => Text(Words(64))), ("type", () => Text(OneOf(Types))),
            ("occurredAt", () => Text(OneOf(Instants))), ("lead", Lead),
            .. Some([("campaign", Tag), ("channel", Tag), ("asset", Tag), ("product", Tag), ("properties", Properties)]),
        ]);
        return Encoding.UTF8.GetBytes(_json.ToString());
    }

    private void Lead()
    {
        (string Name, Action Write)[] all =
        [
            ("leadId", () => Text($"{new Guid(random.Next(), 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)}")),
            ("externalId", () => Text(Words(128))),
            ("email", () => Text($"{new string((char)random.Next('a', 'z'), random.Next(1, 60))}@Example.com")),
            ("anonymousId", () => Text(Words(128))),
        ];
        var named = random.Next(all.Length);
        Object([.. Some([.. all.Select((m, i) => i == named ? m : random.Next(4) == 0 ? (m.Name, Null) : m)], keep: named)]);
    }

    private void Properties()
    {
        var count = random.Next(12) == 0 ? EngagementReader.PropertiesMax : random.Next(6);
        if (random.Next(8) == 0) Null();
        else Object([.. Enumerable.Range(0, count).Select<int, (string, Action)>(i => ($"{i}{Words(50)}", Scalar))]);
    }

    private void Scalar()
    {
        switch (random.Next(4))
        {
            case 0: _json.Append(random.Next(2) == 0 ? "true" : "false"); break;
            case 1: _json.Append(OneOf(Numbers)); break;
            case 2: _json.Append(random.Next(-1_000_000, 1_000_000) / 1000.0); break;
            default: Text(random.Next(9) == 0 ? "\n\t\u0001" : Words(256)); break;
        }
    }

    private void Tag()
    {
        if (random.Next(4) == 0) Null();
        else Text(Words(128));
    }

    private void Null() => _json.Append("null");

    private void Object((string Name, Action Write)[] members)
    {
        random.Shuffle(members);
        _json.Append('{');
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0) _json.Append(',');
            Blank();
            Text(members[i].Name);
            Blank();
            _json.Append(':');
            Blank();
            members[i].Write();
            Blank();
        }

        _json.Append('}');
    }

    private void Blank()
    {
        if (random.Next(6) == 0) _json.Append(OneOf([" ", "\n", "\r\n", "\t", "   "]));
    }

    private void Text(string text)
    {
        _json.Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\' || c < ' ' || random.Next(40) == 0) _json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else _json.Append(c);
        }

        _json.Append('"');
    }

    private string Words(int lengthMax)
    {
        var length = random.Next(10) == 0 ? lengthMax : random.Next(1, 20);
        return string.Create(length, this, static (text, body) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = Alphabet[body.Roll(Alphabet.Length)];
        });
    }

    private int Roll(int below) => random.Next(below);

    private T OneOf<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    private IEnumerable<(string Name, Action Write)> Some((string Name, Action Write)[] members, int keep = -1) =>
        members.Where((_, i) => i == keep || random.Next(2) == 0);
}
