using System.Buffers.Binary;
using System.Text;

namespace LeadScoring.Host.Leads;

/// <summary>Takes values one after another from a state's bytes. Trusts nothing: what is beyond the end or a bound throws.</summary>
internal ref struct LeadStateReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int GuidBytes = 16;

    private ReadOnlySpan<byte> _rest = bytes;
    private long _latestTicks;

    /// <param name="max">The last value of an enum, or all flags of a byte.</param>
    public byte ByteUpTo(int max)
    {
        var value = Take(1)[0];
        return value <= max ? value : throw new UnreadableLeadStateException($"The state has {value} where at most {max} can stand.");
    }

    public int Int()
    {
        var value = Unsigned();
        return value <= int.MaxValue ? (int)value : throw OutOfRange();
    }

    /// <summary>Not negative.</summary>
    public long Long()
    {
        var value = Unsigned();
        return value <= long.MaxValue ? (long)value : throw OutOfRange();
    }

    /// <summary>How many items follow. Each takes a byte at least, so what cannot be there is not made room for.</summary>
    public int Count()
    {
        var count = Unsigned();
        return count <= (ulong)_rest.Length ? (int)count : throw CutShort();
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>In UTC.</summary>
    public DateTimeOffset Instant()
    {
        _latestTicks = unchecked(_latestTicks + Signed());
        return _latestTicks >= 0 && _latestTicks <= DateTime.MaxValue.Ticks ? new(_latestTicks, TimeSpan.Zero) : throw OutOfRange();
    }

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public decimal Decimal()
    {
        var bytes = Take(sizeof(decimal));
        Span<int> bits = stackalloc int[4];
        for (var i = 0; i < bits.Length; i++) bits[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
        try
        {
            return new(bits);
        }
        catch (ArgumentException e)
        {
            throw new UnreadableLeadStateException("The state has an amount that is no number.", e);
        }
    }

    public Guid Guid() => new(Take(GuidBytes), bigEndian: true);

    public string Text()
    {
        var bytes = Take(Count());
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new UnreadableLeadStateException("The state has a text that is not UTF-8.", e);
        }
    }

    public readonly void ExpectEnd()
    {
        if (_rest.Length > 0) throw new UnreadableLeadStateException($"The state goes on for {_rest.Length} bytes after its end.");
    }

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            if (shift == 63 && part > 1) throw OutOfRange();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw OutOfRange();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw CutShort();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static UnreadableLeadStateException CutShort() => new("The state is cut short.");

    private static UnreadableLeadStateException OutOfRange() => new("The state has a number out of its range.");
}
