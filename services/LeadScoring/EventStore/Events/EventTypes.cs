using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeadScoring.EventStore.Events;

/// <summary>An event whose type this program does not know. It stays in the log; readers pass over it.</summary>
public sealed record UnknownEvent(RecordedEvent Recorded);

/// <summary>A stored body does not fit its type. The message names the event, never its content.</summary>
public sealed class UnreadableEventException(RecordedEvent recorded, Exception inner)
    : Exception($"The body of event {recorded.Id} (sequence {recorded.Sequence}) does not fit its type {recorded.Type}.", inner);

/// <summary>Turns .NET events into stored ones and back. Safe for concurrent use.</summary>
public sealed class EventTypes
{
    /// <summary>Most unknown aliases that are warned of; a log full of foreign types must not fill the memory.</summary>
    private const int UnknownAliasesMax = 1_000;

    private readonly FrozenDictionary<string, EventType> _byAlias;
    private readonly FrozenDictionary<Type, EventType> _written;
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);
    private readonly ILogger _logger;

    /// <exception cref="ArgumentException">An alias, or a .NET type that is written, stands twice.</exception>
    public EventTypes(IEnumerable<EventType> types, ILogger<EventTypes>? logger = null)
    {
        var all = types.ToList();
        var aliases = all.ToDictionary(t => t.Alias, StringComparer.Ordinal);
        _byAlias = aliases.ToFrozenDictionary(StringComparer.Ordinal);
        var written = all.Where(t => t.IsWritten).ToDictionary(t => t.Json.Type);
        _written = written.ToFrozenDictionary();
        _logger = logger ?? NullLogger<EventTypes>.Instance;
    }

    /// <summary>The event as it is stored.</summary>
    /// <exception cref="ArgumentException">The event's type is not registered.</exception>
    public NewEvent ToNewEvent(Guid id, object @event, EventMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return _written.TryGetValue(@event.GetType(), out var type)
            ? new NewEvent(id, type.Alias, type.DotNetType, JsonSerializer.SerializeToUtf8Bytes(@event, type.Json), metadata, @event)
            : throw new ArgumentException($"{@event.GetType()} is not a registered event type.", nameof(@event));
    }

    /// <summary>The event as its current .NET type, or an <see cref="UnknownEvent"/>, which is logged once per alias.</summary>
    /// <exception cref="UnreadableEventException">The body does not fit the type.</exception>
    public object Read(RecordedEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        if (!_byAlias.TryGetValue(recorded.Type, out var type))
        {
            WarnOnce(recorded);
            return new UnknownEvent(recorded);
        }

        try
        {
            return (type.Upcast is null ? Read(recorded, type) : ReadUpcast(recorded, type, type.Upcast))
                ?? throw new JsonException("The body is null.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new UnreadableEventException(recorded, e);
        }
    }

    /// <summary>Whether bodies of an alias are read as they stand, so that who needs little of them may look for it itself.</summary>
    public bool IsReadAsItStands(string alias) => _byAlias.TryGetValue(alias, out var type) && type.Upcast is null;

    private static object? Read(RecordedEvent recorded, EventType type) =>
        JsonSerializer.Deserialize(recorded.Body.Span, type.Json);

    private static object? ReadUpcast(RecordedEvent recorded, EventType type, Func<JsonObject, JsonObject> upcast) =>
        upcast(JsonNode.Parse(recorded.Body.Span)!.AsObject()).Deserialize(type.Json);

    private void WarnOnce(RecordedEvent recorded)
    {
        if (_warned.Count < UnknownAliasesMax && _warned.TryAdd(recorded.Type, true))
        {
            _logger.LogWarning(
                "Events of the unknown type {EventType} are passed over, the first at sequence {Sequence}",
                recorded.Type, recorded.Sequence);
        }
    }
}
