using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads.Listing;

/// <summary>Where the next page of a list starts: behind the last item of this one. Opaque to clients, and it expires.</summary>
/// <param name="SortKey">The last item's sort value as 64 bits.</param>
/// <param name="Id">The last item's id, which decides between equal sort values.</param>
public readonly record struct PageCursor(long SortKey, Guid Id)
{
    /// <summary>How long a cursor is good for; the list moves on meanwhile.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromHours(24);

    private const byte Format = 1;
    private const int IssuedAt = 1;
    private const int SortKeyAt = IssuedAt + sizeof(long);
    private const int IdAt = SortKeyAt + sizeof(long);
    private const int ListAt = IdAt + 16;
    private const int ListBytes = 8;
    private const int Bytes = ListAt + ListBytes;

    /// <summary>The sort value of a list by time. A forged cursor may hold any bits; they only have to be some instant.</summary>
    public DateTimeOffset SortInstant => new(Math.Clamp(SortKey, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);

    /// <param name="list">Everything that makes the list what it is: another list refuses the cursor.</param>
    public string Write(string list, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Format;
        BinaryPrimitives.WriteInt64BigEndian(bytes[IssuedAt..], now.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(bytes[SortKeyAt..], SortKey);
        Id.TryWriteBytes(bytes[IdAt..], bigEndian: true, out _);
        Mark(list).CopyTo(bytes[ListAt..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <returns>The cursor, or why it is refused: <c>cursor_invalid</c> or <c>cursor_expired</c>.</returns>
    public static (PageCursor? Cursor, Refusal? Refusal) Read(string text, string list, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        if (!IsWhole(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != Bytes || bytes[0] != Format)
        {
            return (null, Invalid("The cursor is not one this service gave."));
        }

        if (!bytes[ListAt..].SequenceEqual(Mark(list)))
        {
            return (null, Invalid("The cursor belongs to a list with other filters or another order; start again without it."));
        }

        var age = now.ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(bytes[IssuedAt..]);
        if (age > AgeMax.TotalMilliseconds)
        {
            return (null, new(400, "cursor_expired", $"The cursor is older than {AgeMax.TotalHours:0} hours; start again without it."));
        }

        return (new(BinaryPrimitives.ReadInt64BigEndian(bytes[SortKeyAt..]), new Guid(bytes[IdAt..ListAt], bigEndian: true)), null);
    }

    private static bool IsWhole(string text) => text.Length == Base64Url.GetEncodedLength(Bytes) && Base64Url.IsValid(text);

    private static ReadOnlySpan<byte> Mark(string list) => SHA256.HashData(Encoding.UTF8.GetBytes(list)).AsSpan(0, ListBytes);

    private static Refusal Invalid(string detail) => new(400, "cursor_invalid", detail);
}
