using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace LeadScoring.Host.Engagements;

/// <summary>
/// Texts that come again and again (sources, types, campaigns, property names), kept so that a body's bytes need no string
/// of their own each time. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A text has one slot, where the latest that hashes there stays. Whatever a client sends, memory and the work per text are
/// bounded; the worst it gets is what it would be without.
/// </remarks>
public static class RepeatedTexts
{
    /// <summary>Longer texts rarely repeat.</summary>
    public const int BytesMax = 64;

    /// <summary>A power of two. About 0.5 MB when full of the longest.</summary>
    private const int SlotsMax = 4096;

    private static readonly string?[] Slots = new string?[SlotsMax];

    /// <returns>Null when the text is longer than <see cref="BytesMax"/> or not ASCII: decode it.</returns>
    public static string? Of(ReadOnlySpan<byte> text)
    {
        if (text.Length > BytesMax) return null;
        ref var slot = ref Slots[Hash(text) & (SlotsMax - 1)];
        if (slot is { } known && known.Length == text.Length && Ascii.Equals(text, known)) return known;
        return Ascii.IsValid(text) ? slot = Encoding.ASCII.GetString(text) : null;
    }

    private static uint Hash(ReadOnlySpan<byte> text)
    {
        var hash = (uint)text.Length;
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
        {
            hash = BitOperations.Crc32C(hash, BinaryPrimitives.ReadUInt64LittleEndian(text));
        }

        foreach (var rest in text) hash = BitOperations.Crc32C(hash, rest);
        return hash;
    }
}
