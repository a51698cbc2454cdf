namespace LeadScoring.Domain.Scoring;

/// <summary>A model and the instant from which it counts.</summary>
public sealed record ActiveModel(DateTimeOffset From, ScoringModel Model);

/// <summary>One model took the place of another.</summary>
public sealed record ModelChange(ScoringModel Former, ScoringModel Next, DateTimeOffset At);

/// <summary>
/// Which definition of a lead held when: a function of time alone, so that every instance, and everybody who looks back,
/// tells the same.
/// </summary>
public sealed class ModelTimeline
{
    private readonly ActiveModel[] _activations;
    private readonly Dictionary<string, ScoringModel> _byId;
    private readonly Dictionary<int, ScoringModel> _byVersion;

    /// <param name="first">Held from the beginning of time.</param>
    /// <param name="activations">Ascending; a later one of the same instant is the one that holds.</param>
    /// <param name="others">Versions that can be asked for by name and hold at no time, such as drafts.</param>
    public ModelTimeline(ScoringModel first, IReadOnlyList<ActiveModel>? activations = null, IEnumerable<ScoringModel>? others = null)
    {
        First = first;
        _activations = [.. activations ?? []];
        var all = _activations.Select(a => a.Model).Concat(others ?? []).Prepend(first).ToList();
        _byId = all.DistinctBy(m => m.Id).ToDictionary(m => m.Id);
        _byVersion = all.DistinctBy(m => m.Version).ToDictionary(m => m.Version);
    }

    /// <summary>Held before anything was activated.</summary>
    public ScoringModel First { get; }

    public IReadOnlyList<ActiveModel> Activations => _activations;

    /// <summary>The model that held at an instant.</summary>
    public ScoringModel At(DateTimeOffset at) => LatestBy(at)?.Model ?? First;

    /// <summary>Since when the model of an instant has held; null: from the beginning.</summary>
    public DateTimeOffset? HeldSince(DateTimeOffset at) => LatestBy(at)?.From;

    /// <returns>Null: the tenant has no such model.</returns>
    public ScoringModel? WithId(string id) => _byId.GetValueOrDefault(id);

    /// <returns>Null: the tenant has no such version.</returns>
    public ScoringModel? WithVersion(int version) => _byVersion.GetValueOrDefault(version);

    /// <summary>The changes after one instant and not after another, in order; of several at one instant the last counts.</summary>
    public IEnumerable<ModelChange> Changes(DateTimeOffset after, DateTimeOffset upTo)
    {
        var former = At(after);
        for (var i = 0; i < _activations.Length; i++)
        {
            var (from, model) = _activations[i];
            if (from <= after || from > upTo || (i + 1 < _activations.Length && _activations[i + 1].From == from)) continue;
            if (former.Id != model.Id) yield return new(former, model, from);
            former = model;
        }
    }

    private ActiveModel? LatestBy(DateTimeOffset at)
    {
        for (var i = _activations.Length - 1; i >= 0; i--)
        {
            if (_activations[i].From <= at) return _activations[i];
        }

        return null;
    }
}
