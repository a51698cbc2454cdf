using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LeadScoring.Host.Engagements;

/// <summary>
/// The event id of an engagement: a name-based UUID (RFC 9562, version 5) of tenant, source and the producer's id, and of
/// nothing else. The same fact posted again, by anybody, in any order, is therefore the same event.
/// </summary>
public static class EngagementId
{
    private const int HashLength = 20;
    private const int UuidLength = 16;
    private const int NameBytesMax = 2048;

    private static readonly byte[] Namespace = new Guid("7c1d5fb2-6f0f-5d0e-9a57-0d7c2f3b9a41").ToByteArray(bigEndian: true);

    public static Guid Of(string tenantId, string source, string id)
    {
        Span<byte> name = stackalloc byte[NameBytesMax];
        Namespace.CopyTo(name);
        var length = UuidLength;
        // NUL is refused in all three, so it separates them without ambiguity.
        length += Encoding.UTF8.GetBytes(tenantId, name[length..]);
        name[length++] = 0;
        length += Encoding.UTF8.GetBytes(source, name[length..]);
        name[length++] = 0;
        length += Encoding.UTF8.GetBytes(id, name[length..]);

        Span<byte> hash = stackalloc byte[HashLength];
#pragma warning disable CA5350 // Version 5 UUIDs are SHA-1 by definition; this is a name, not a signature.
        SHA1.HashData(name[..length], hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..UuidLength], bigEndian: true);
    }
}
