using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeadScoring.Domain;

public enum ScalarKind
{
    Text,
    Number,
    Boolean,
}

/// <summary>A property's or attribute's value: a text, a number (IEEE double) or a truth value. Never null, never nested.</summary>
[JsonConverter(typeof(ScalarJson))]
public readonly record struct Scalar
{
    private Scalar(ScalarKind kind, string? text, double number) => (Kind, Text, Number) = (kind, text, number);

    public ScalarKind Kind { get; }

    /// <summary>The text; null unless <see cref="Kind"/> is <see cref="ScalarKind.Text"/>.</summary>
    public string? Text { get; }

    /// <summary>The number; 1 or 0 for a truth value.</summary>
    public double Number { get; }

    public static Scalar Of(string text) => new(ScalarKind.Text, text, 0);

    public static Scalar Of(double number) => new(ScalarKind.Number, null, number);

    public static Scalar Of(bool value) => new(ScalarKind.Boolean, null, value ? 1 : 0);

    /// <summary>Texts compare without regard to case: "VP" and "vp" are one seniority.</summary>
    public bool Matches(Scalar other) =>
        Kind == other.Kind
        && (Kind == ScalarKind.Text ? string.Equals(Text, other.Text, StringComparison.OrdinalIgnoreCase) : Number.Equals(other.Number));

    public override string ToString() => Kind switch
    {
        ScalarKind.Text => Text!,
        ScalarKind.Number => Number.ToString("R", CultureInfo.InvariantCulture),
        _ => Number != 0 ? "true" : "false",
    };
}

/// <summary>A scalar is written as the plain JSON value it is.</summary>
public sealed class ScalarJson : JsonConverter<Scalar>
{
    public override Scalar Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => Scalar.Of(reader.GetString()!),
            JsonTokenType.Number => Scalar.Of(reader.GetDouble()),
            JsonTokenType.True => Scalar.Of(true),
            JsonTokenType.False => Scalar.Of(false),
            _ => throw new JsonException("A value must be a text, a number, true or false."),
        };

    public override void Write(Utf8JsonWriter writer, Scalar value, JsonSerializerOptions options)
    {
        switch (value.Kind)
        {
            case ScalarKind.Text: writer.WriteStringValue(value.Text); break;
            case ScalarKind.Number: writer.WriteNumberValue(value.Number); break;
            default: writer.WriteBooleanValue(value.Number != 0); break;
        }
    }
}
