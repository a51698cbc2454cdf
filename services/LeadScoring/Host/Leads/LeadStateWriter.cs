using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace LeadScoring.Host.Leads;

/// <summary>Puts values one after another into a pooled buffer that grows as needed.</summary>
internal ref struct LeadStateWriter() : IDisposable
{
    private const int BytesAtFirst = 1_024;

    /// <summary>Seven bits a byte: 64 bits take ten.</summary>
    private const int VarintBytesMax = 10;

    private const int GuidBytes = 16;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BytesAtFirst);
    private int _length;
    private long _latestTicks;

    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    /// <summary>Seven bits a byte, lowest first; all but the last have the highest bit set.</summary>
    public void Unsigned(ulong value)
    {
        Reserve(VarintBytesMax);
        for (; value >= 0x80; value >>= 7) _buffer[_length++] = (byte)(value | 0x80);
        _buffer[_length++] = (byte)value;
    }

    /// <summary>The sign in the lowest bit.</summary>
    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Ticks from the instant written before: those of one lead lie close together, and many are one.</summary>
    public void Instant(DateTimeOffset at)
    {
        Signed(at.UtcTicks - _latestTicks);
        _latestTicks = at.UtcTicks;
    }

    public void Double(double value)
    {
        Reserve(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(double);
    }

    public void Decimal(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        Reserve(sizeof(decimal));
        foreach (var part in bits)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length), part);
            _length += sizeof(int);
        }
    }

    /// <summary>In the order PostgreSQL keeps it, big-endian.</summary>
    public void Guid(Guid value)
    {
        Reserve(GuidBytes);
        value.TryWriteBytes(_buffer.AsSpan(_length), bigEndian: true, out _);
        _length += GuidBytes;
    }

    /// <summary>Its length in bytes of UTF-8, then those.</summary>
    public void Text(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Unsigned((ulong)bytes);
        Reserve(bytes);
        _length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
    }

    public readonly byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes) return;
        var larger = ArrayPool<byte>.Shared.Rent((int)BitOperations.RoundUpToPowerOf2((uint)(_length + bytes)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
