namespace LeadScoring.Domain.Backtests;

/// <summary>A link of a chain in an <see cref="LinkPool{T}"/>.</summary>
public interface ILink
{
    /// <summary>The next link's place; 0: it is the last.</summary>
    int Next { get; set; }
}

/// <summary>
/// Many short chains in a few large arrays: millions of them cost no headers, no slack, and leave the collector nothing to do
/// while they grow. Places begin at 1.
/// </summary>
public sealed class LinkPool<T>
    where T : struct, ILink
{
    private const int ChunkBits = 14;
    private const int ChunkLength = 1 << ChunkBits;

    private readonly List<T[]> _chunks = [];
    private int _used = 1;
    private int _free;

    public ref T this[int place] => ref _chunks[place >> ChunkBits][place & (ChunkLength - 1)];

    /// <summary>A place for one more link, cleared.</summary>
    public int Take()
    {
        if (_free != 0)
        {
            var freed = _free;
            _free = this[freed].Next;
            this[freed] = default;
            return freed;
        }

        if (_used >> ChunkBits == _chunks.Count) _chunks.Add(new T[ChunkLength]);
        return _used++;
    }

    /// <summary>Gives one link back.</summary>
    public void Free(int place)
    {
        this[place].Next = _free;
        _free = place;
    }
}
