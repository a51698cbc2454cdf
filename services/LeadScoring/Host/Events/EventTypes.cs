using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Scoring.Models;
using LeadScoring.Host.Subscriptions;

namespace LeadScoring.Host.Events;

/// <summary>Turns .NET events into stored ones and back, under the names of <see cref="MartenSetup.EventAliases"/>. Safe for concurrent use.</summary>
public sealed class EventTypes(ILogger<EventTypes>? logger = null)
{
    /// <summary>Most unknown aliases that are warned of; a log full of foreign types must not fill the memory.</summary>
    private const int UnknownAliasesMax = 1_000;

    private static readonly JsonSerializerContext[] Contexts = [LeadEventJson.Default, ModelEventJson.Default, SubscriptionEventJson.Default];
    private static readonly FrozenDictionary<Type, StoredType> ByType = MartenSetup.EventAliases.ToFrozenDictionary(t => t.Key, t => StoredType.Of(t.Value, t.Key));
    private static readonly FrozenDictionary<string, StoredType> ByAlias = ByType.Values.ToFrozenDictionary(t => t.Alias, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);

    /// <summary>The event as it is stored.</summary>
    /// <exception cref="ArgumentException">The event's type has no name to be stored under.</exception>
    public static NewEvent ToNewEvent(Guid id, object fact, EventMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return ByType.TryGetValue(fact.GetType(), out var type)
            ? new(id, type.Alias, type.DotNetType, JsonSerializer.SerializeToUtf8Bytes(fact, type.Json), metadata, fact)
            : throw new ArgumentException($"{fact.GetType()} is no event that is stored.", nameof(fact));
    }

    /// <summary>The event as its .NET type, or an <see cref="UnknownEvent"/>, which is logged once per alias.</summary>
    /// <exception cref="UnreadableEventException">The body does not fit the type.</exception>
    public object Read(RecordedEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        if (!ByAlias.TryGetValue(recorded.Type, out var type))
        {
            WarnOnce(recorded);
            return new UnknownEvent(recorded);
        }

        try
        {
            return JsonSerializer.Deserialize(recorded.Body.Span, type.Json) ?? throw new JsonException("The body is null.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new UnreadableEventException(recorded, e);
        }
    }

    private void WarnOnce(RecordedEvent recorded)
    {
        if (_warned.Count < UnknownAliasesMax && _warned.TryAdd(recorded.Type, true))
        {
            logger?.LogWarning(
                "Events of the unknown type {EventType} are passed over, the first at sequence {Sequence}", recorded.Type, recorded.Sequence);
        }
    }

    private sealed record StoredType(string Alias, string DotNetType, JsonTypeInfo Json)
    {
        public static StoredType Of(string alias, Type type) => new(
            alias,
            $"{type.FullName},{type.Assembly.GetName().Name}",
            Contexts.Select(c => c.GetTypeInfo(type)).FirstOrDefault(t => t is not null) ?? throw new InvalidOperationException($"{type} has no source-generated JSON."));
    }
}
