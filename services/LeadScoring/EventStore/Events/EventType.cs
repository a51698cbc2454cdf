using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace LeadScoring.EventStore.Events;

/// <summary>
/// What is stored under one alias and how it is read. The alias is frozen: the .NET type may be renamed, it never.
/// </summary>
public sealed partial class EventType
{
    private const int AliasCharsMax = 500;

    private EventType(string alias, JsonTypeInfo json, Func<JsonObject, JsonObject>? upcast, bool isWritten)
    {
        if (alias.Length > AliasCharsMax || !SnakeCase().IsMatch(alias))
        {
            throw new ArgumentException(
                $"The alias \"{alias}\" is not snake_case of at most {AliasCharsMax} characters.", nameof(alias));
        }

        if (json.Options.PropertyNamingPolicy is not null)
        {
            throw new ArgumentException($"Bodies are PascalCase, but {json.Type} is written with a naming policy.", nameof(json));
        }

        Alias = alias;
        Json = json;
        Upcast = upcast;
        IsWritten = isWritten;
        DotNetType = $"{json.Type.FullName}, {json.Type.Assembly.GetName().Name}";
    }

    internal string Alias { get; }

    internal JsonTypeInfo Json { get; }

    internal Func<JsonObject, JsonObject>? Upcast { get; }

    internal bool IsWritten { get; }

    internal string DotNetType { get; }

    /// <summary>A type that is written and read.</summary>
    /// <param name="alias">snake_case.</param>
    /// <param name="json">Source-generated, without a naming policy: Marten reads PascalCase, case-sensitively.</param>
    /// <param name="upcast">
    /// Turns a body of an older shape into the current one. It sees every body of the alias and must hand a current one
    /// back unchanged. Slower than reading without, by about a second parse.
    /// </param>
    /// <exception cref="ArgumentException">The alias is not snake_case, or the JSON has a naming policy.</exception>
    public static EventType Current<T>(string alias, JsonTypeInfo<T> json, Func<JsonObject, JsonObject>? upcast = null)
        where T : class => new(alias, json, upcast, isWritten: true);

    /// <summary>
    /// An alias that older programs wrote; its events are read as <typeparamref name="T"/> and never written again.
    /// </summary>
    /// <param name="upcast">Turns a body of the alias into a current body of <typeparamref name="T"/>.</param>
    /// <exception cref="ArgumentException">The alias is not snake_case, or the JSON has a naming policy.</exception>
    public static EventType Former<T>(string alias, JsonTypeInfo<T> json, Func<JsonObject, JsonObject>? upcast = null)
        where T : class => new(alias, json, upcast, isWritten: false);

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SnakeCase();
}
