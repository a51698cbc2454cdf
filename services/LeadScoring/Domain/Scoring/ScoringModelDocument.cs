using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace LeadScoring.Domain.Scoring;

/// <summary>One thing wrong with a model document.</summary>
/// <param name="Path">JSON path, e.g. <c>$.engagement.rules[3].points</c>.</param>
public sealed record ModelError(string Path, string Message);

/// <summary>A model document that cannot be a definition of a lead. All that is wrong is listed, not only the first.</summary>
/// <param name="isWellFormed">The document has the shape of a model, only what it says makes no sense.</param>
public sealed class InvalidScoringModel(IReadOnlyList<ModelError> errors, bool isWellFormed = false)
    : Exception("The scoring model is not valid:" + string.Concat(errors.Select(e => $"\n  {e.Path}: {e.Message}")))
{
    public IReadOnlyList<ModelError> Errors { get; } = errors;

    public bool IsWellFormed { get; } = isWellFormed;
}

/// <summary>Reads and checks a scoring model's JSON document.</summary>
public static class ScoringModelDocument
{
    public const double PointsMax = 10_000;
    public const double HalfLifeDaysMax = 3_650;
    /// <summary>Each lead remembers when the counted ones of its latest days occurred: this bounds what that takes.</summary>
    public const int MaxPerDayMax = 50;
    public const int RulesMax = 200;
    public const int PredicatesMax = 8;
    public const int OperandsMax = 200;

    private const int NameLengthMax = 64;
    private const double HoursMax = 24 * 365;
    private const double CoolDownDaysMax = 3_650;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>The document of <see cref="Default"/>: UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> DefaultJson { get; } = DefaultText();

    /// <summary>The definition the service starts with.</summary>
    public static ScoringModel Default { get; } = Read(DefaultJson);

    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="InvalidScoringModel">With every error found.</exception>
    public static ScoringModel Read(ReadOnlyMemory<byte> json) => ReadAny(json, isStored: false);

    /// <summary>A document that was sound when it was stored, whatever is asked of one today beyond its shape.</summary>
    /// <exception cref="InvalidScoringModel">It has not the shape of a model.</exception>
    public static ScoringModel ReadStored(ReadOnlyMemory<byte> json) => ReadAny(json, isStored: true);

    private static ScoringModel ReadAny(ReadOnlyMemory<byte> json, bool isStored)
    {
        if (!Utf8.IsValid(json.Span)) throw NotUnicode();
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Strict);
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }

        using (document)
        {
            var reading = new Reading();
            var model = reading.Model(document.RootElement, Fingerprint(document.RootElement));
            var isWellFormed = reading.Errors.Count == 0;
            if (isWellFormed && !isStored) RuleChecks.Run(model, reading.Errors);
            return reading.Errors.Count == 0 ? model : throw new InvalidScoringModel(reading.Errors, isWellFormed);
        }
    }

    /// <summary>
    /// The document with this version in place of its own, which it may lack: versions are numbered by the service, not by
    /// authors.
    /// </summary>
    /// <param name="json">UTF-16 JSON.</param>
    /// <returns>UTF-16 JSON without white space.</returns>
    /// <exception cref="InvalidScoringModel">It is not a sound model, with every error found.</exception>
    public static string Numbered(string json, int version)
    {
        JsonObject? document;
        try
        {
            document = JsonNode.Parse(json, documentOptions: Strict) as JsonObject;
            if (document is null) throw new InvalidScoringModel([new("$", "An object is expected here.")]);
            if (!document.ContainsKey("version")) document.Insert(document.ContainsKey("name") ? document.IndexOf("name") + 1 : 0, "version", version);
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }

        // What the author wrote there must still be a version; it is read before it is replaced.
        Read(Text(document));
        document["version"] = version;
        var numbered = Text(document);
        Read(numbered);
        return Encoding.UTF8.GetString(numbered);
    }

    private static InvalidScoringModel NotJson(JsonException e) => new([new("$", $"The document is not JSON: {e.Message}")]);

    private static InvalidScoringModel NotUnicode() => new([new("$", "The document holds a text that is not valid Unicode.")]);

    private static byte[] DefaultText()
    {
        var assembly = typeof(ScoringModelDocument).Assembly;
        var name = assembly.GetManifestResourceNames().Single(n => n.EndsWith("default-model.json", StringComparison.Ordinal));
        using var stream = assembly.GetManifestResourceStream(name)!;
        var text = new byte[stream.Length];
        stream.ReadExactly(text);
        return text;
    }

    private static byte[] Text(JsonObject document)
    {
        try
        {
            using var text = new MemoryStream();
            using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) document.WriteTo(json);
            return text.ToArray();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw NotUnicode(); // As of the fingerprint.
        }
    }

    /// <summary>White space does not make another model; anything else does.</summary>
    private static string Fingerprint(JsonElement root)
    {
        try
        {
            var compact = JsonSerializer.SerializeToUtf8Bytes(root, FingerprintJson.Default.JsonElement);
            return Convert.ToHexStringLower(SHA256.HashData(compact))[..8];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The parser lets escaped lone surrogates through; writing the texts out again does not.
            throw NotUnicode();
        }
    }

    private sealed class Reading
    {
        private static readonly string[] Operators = ["equals", "in", "startsWith", "contains", "gte", "lte", "exists"];

        public List<ModelError> Errors { get; } = [];

        public ScoringModel Model(JsonElement root, string fingerprint)
        {
            var o = Object(root, "$", "name", "version", "engagement", "clickBurst", "fit", "qualification");
            var version = (int)Number(o, "version", "$", 1, 1_000_000, whole: true);
            var engagement = Object(Member(o, "engagement", "$"), "$.engagement", "floor", "ceiling", "rules");
            var fit = Object(Member(o, "fit", "$"), "$.fit", "rules", "cutOffs");
            var cutOffs = Object(Member(fit, "cutOffs", "$.fit"), "$.fit.cutOffs", "a", "b", "c");
            var q = Object(
                Member(o, "qualification", "$"), "$.qualification",
                "threshold", "minimumGrade", "review", "acceptWithinHours", "coolDownDays");
            return new(
                Text(o, "name", "$"),
                version,
                $"{version}-{fingerprint}",
                Number(engagement, "floor", "$.engagement", -1_000_000, 1_000_000),
                Number(engagement, "ceiling", "$.engagement", -1_000_000, 1_000_000),
                List(engagement, "rules", "$.engagement", RulesMax, Rule),
                List(fit, "rules", "$.fit", RulesMax, FitRule),
                [CutOff(cutOffs, "a"), CutOff(cutOffs, "b"), CutOff(cutOffs, "c")],
                Number(q, "threshold", "$.qualification", -1_000_000, 1_000_000),
                OneOf(q, "minimumGrade", "$.qualification", ("A", Grade.A), ("B", Grade.B), ("C", Grade.C), ("D", Grade.D)),
                OneOf(q, "review", "$.qualification", ("marketing", ReviewMode.Marketing), ("automatic", ReviewMode.Automatic)),
                TimeSpan.FromHours(Number(q, "acceptWithinHours", "$.qualification", 0.01, HoursMax)),
                TimeSpan.FromDays(Number(q, "coolDownDays", "$.qualification", 0, CoolDownDaysMax)))
            {
                ClickBurst = Has(o, "clickBurst") ? ClickBurst(o["clickBurst"]) : null,
            };
        }

        private ClickBurst ClickBurst(JsonElement element)
        {
            const string path = "$.clickBurst";
            var o = Object(element, path, "types", "count", "seconds", "deliveredType", "deliveredSeconds");
            var ofBurst = Pair(o, "count", "seconds");
            var ofDelivery = Pair(o, "deliveredType", "deliveredSeconds");
            if (o is not null && !ofBurst && !ofDelivery)
            {
                Errors.Add(new(path, "At least one sign is expected: count and seconds, or deliveredType and deliveredSeconds."));
            }

            return new(
                List(o, "types", path, Scoring.ClickBurst.TypesMax, Word),
                ofBurst ? (int)Number(o, "count", path, 2, Scoring.ClickBurst.CountMax, whole: true) : null,
                TimeSpan.FromSeconds(ofBurst ? Number(o, "seconds", path, 0, Scoring.ClickBurst.SecondsMax) : 0),
                ofDelivery ? Word(o, "deliveredType", path) : null,
                TimeSpan.FromSeconds(ofDelivery ? Number(o, "deliveredSeconds", path, 0, Scoring.ClickBurst.SecondsMax) : 0));
        }

        /// <returns>Whether either is there; what the other lacks is reported when it is read.</returns>
        private static bool Pair(Dictionary<string, JsonElement>? o, string first, string second) => Has(o, first) || Has(o, second);

        private double CutOff(Dictionary<string, JsonElement>? cutOffs, string grade) =>
            Number(cutOffs, grade, "$.fit.cutOffs", -1_000_000, 1_000_000);

        private Rule Rule(JsonElement element, string path)
        {
            var o = Object(
                element, path, "name", "type", "when", "points", "halfLifeDays", "maxPerDay", "cap", "fastTrack");
            return new(
                Word(o, "name", path),
                Word(o, "type", path),
                Has(o, "when") ? List(o, "when", path, PredicatesMax, Condition) : [],
                Number(o, "points", path, -PointsMax, PointsMax),
                Has(o, "halfLifeDays") ? Number(o, "halfLifeDays", path, 0.01, HalfLifeDaysMax) : null,
                Has(o, "maxPerDay") ? (int)Number(o, "maxPerDay", path, 1, MaxPerDayMax, whole: true) : null,
                Has(o, "cap") ? Number(o, "cap", path, 0.1, 1_000_000) : null,
                Has(o, "fastTrack") && Flag(o, "fastTrack", path));
        }

        private FitRule FitRule(JsonElement element, string path)
        {
            var o = Object(element, path, "name", "when", "points");
            return new(
                Word(o, "name", path),
                List(o, "when", path, PredicatesMax, Condition),
                Number(o, "points", path, -PointsMax, PointsMax));
        }

        private Predicate Condition(JsonElement element, string path)
        {
            var o = Object(element, path, ["property", .. Operators]);
            if (o is null) return new("", Comparison.Exists, []);
            var property = Word(o, "property", path);
            var operators = o.Keys.Intersect(Operators).ToList();
            if (operators.Count != 1)
            {
                Errors.Add(new(path, $"A condition has exactly one of {string.Join(", ", Operators)}."));
                return new(property, Comparison.Exists, []);
            }

            var name = operators[0];
            switch (name)
            {
                case "equals": return new(property, Comparison.Equals, [Value(o[name], $"{path}.{name}")]);
                case "in":
                    var values = List(o, name, path, OperandsMax, Value);
                    if (o[name].ValueKind == JsonValueKind.Array && o[name].GetArrayLength() == 0)
                    {
                        Errors.Add(new($"{path}.in", "An empty list never matches: the rule is dead."));
                    }

                    return new(property, Comparison.In, values);
                case "startsWith": return new(property, Comparison.StartsWith, [Scalar.Of(Text(o, name, path))]);
                case "contains": return new(property, Comparison.Contains, [Scalar.Of(Text(o, name, path))]);
                case "gte": return new(property, Comparison.GreaterOrEqual, [Scalar.Of(Number(o, name, path, -1e15, 1e15))]);
                case "lte": return new(property, Comparison.LessOrEqual, [Scalar.Of(Number(o, name, path, -1e15, 1e15))]);
                default:
                    if (o[name].ValueKind != JsonValueKind.True) Errors.Add(new($"{path}.exists", "Only true can be asked for."));
                    return new(property, Comparison.Exists, []);
            }
        }

        /// <returns>Null when there is no object; that has been reported, so what it lacks is not.</returns>
        private Dictionary<string, JsonElement>? Object(JsonElement? element, string path, params string[] known)
        {
            if (element is not { } given) return null;
            if (given.ValueKind != JsonValueKind.Object)
            {
                Errors.Add(new(path, "An object is expected here."));
                return null;
            }

            var members = given.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
            foreach (var name in members.Keys.Except(known))
            {
                // Only plain names are echoed: anything else may be data that slipped into a field's name.
                var shown = name.Length is > 0 and <= NameLengthMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? $".{name}" : "[?]";
                Errors.Add(new(path + shown, $"Unknown field; known here are {string.Join(", ", known)}."));
            }

            return members;
        }

        private JsonElement? Member(Dictionary<string, JsonElement>? o, string name, string path)
        {
            if (o is null) return null;
            if (o.TryGetValue(name, out var value)) return value;
            Errors.Add(new($"{path}.{name}", "This field is required."));
            return null;
        }

        private static bool Has([NotNullWhen(true)] Dictionary<string, JsonElement>? o, string name) => o is not null && o.ContainsKey(name);

        private string Text(Dictionary<string, JsonElement>? o, string name, string path)
        {
            if (Member(o, name, path) is not { } value) return "";
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 256 } text) return text;
            Errors.Add(new($"{path}.{name}", "A text of 1 to 256 characters is expected."));
            return "";
        }

        private string Word(Dictionary<string, JsonElement>? o, string name, string path) =>
            Member(o, name, path) is { } value ? Word(value, $"{path}.{name}") : "";

        private string Word(JsonElement value, string path)
        {
            if (value.ValueKind == JsonValueKind.String && SnakeCase.Is(value.GetString()!, NameLengthMax)) return value.GetString()!;
            Errors.Add(new(path, $"A snake_case word of at most {NameLengthMax} characters is expected."));
            return "";
        }

        private double Number(
            Dictionary<string, JsonElement>? o, string name, string path, double least, double most, bool whole = false)
        {
            if (Member(o, name, path) is not { } value) return least;
            if (value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number
                && number >= least && number <= most && (!whole || Math.Floor(number) == number)) return number;
            Errors.Add(new($"{path}.{name}", $"A {(whole ? "whole " : "")}number from {least} to {most} is expected."));
            return least;
        }

        private bool Flag(Dictionary<string, JsonElement> o, string name, string path)
        {
            if (o[name].ValueKind is JsonValueKind.True or JsonValueKind.False) return o[name].GetBoolean();
            Errors.Add(new($"{path}.{name}", "true or false is expected."));
            return false;
        }

        private Scalar Value(JsonElement value, string path)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.String: return Scalar.Of(value.GetString()!);
                case JsonValueKind.Number when double.IsFinite(value.GetDouble()): return Scalar.Of(value.GetDouble());
                case JsonValueKind.True or JsonValueKind.False: return Scalar.Of(value.GetBoolean());
                default:
                    Errors.Add(new(path, "A text, a number within the range of a double, true or false is expected."));
                    return default;
            }
        }

        private T OneOf<T>(
            Dictionary<string, JsonElement>? o, string name, string path, params (string Text, T Value)[] choices)
        {
            if (Member(o, name, path) is not { } value) return choices[0].Value;
            foreach (var choice in choices)
            {
                if (value.ValueKind == JsonValueKind.String && value.GetString() == choice.Text) return choice.Value;
            }

            Errors.Add(new($"{path}.{name}", $"One of {string.Join(", ", choices.Select(c => c.Text))} is expected."));
            return choices[0].Value;
        }

        private List<T> List<T>(
            Dictionary<string, JsonElement>? o, string name, string path, int countMax, Func<JsonElement, string, T> read)
        {
            if (Member(o, name, path) is not { } value) return [];
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > countMax)
            {
                Errors.Add(new($"{path}.{name}", $"A list of at most {countMax} is expected."));
                return [];
            }

            return [.. value.EnumerateArray().Select((item, i) => read(item, $"{path}.{name}[{i}]"))];
        }
    }
}
