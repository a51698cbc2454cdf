using System.Collections.Concurrent;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using LeadScoring.Host.Leads;
using LeadScoring.Host.Storage;
using Npgsql;

namespace LeadScoring.Host.Scoring.Models;

/// <summary>
/// The tenants' definitions of a lead, kept in memory: decisions and answers must not wait for the database to know them.
/// </summary>
/// <remarks>
/// An activation begins to hold <see cref="KnownForMax"/> after it is stored at the earliest, and nobody decides by what was
/// looked up longer ago than that: all instances change over at the same instant.
/// </remarks>
public sealed class TenantModels : IDisposable
{
    /// <summary>How long what was looked up may be decided by.</summary>
    public static readonly TimeSpan KnownForMax = TimeSpan.FromSeconds(5);

    /// <summary>How often <see cref="ModelWatch"/> looks.</summary>
    public static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ModelStreams? _streams;
    private readonly TimeProvider _clock;
    private readonly Known _otherwise;
    private long _lookedAt;
    private bool _hasLooked;
    private volatile IReadOnlyDictionary<string, string> _unreadable = new Dictionary<string, string>();

    public TenantModels(ModelStreams streams, TimeProvider clock)
        : this(ScoringModelDocument.Default, clock) => _streams = streams;

    private TenantModels(ScoringModel model, TimeProvider clock)
    {
        _clock = clock;
        _otherwise = new(0, ModelCatalog.BuiltIn, new(model));
    }

    /// <summary>One model for all tenants at all times: where there is no database to ask.</summary>
    public static TenantModels Only(ScoringModel model) => new(model, TimeProvider.System);

    /// <summary>Those that have ever done anything to their models, as of the last look.</summary>
    public ICollection<string> Tenants => _known.Keys;

    /// <summary>Whether there is any tenant of which <see cref="IsUnreadable"/> is true.</summary>
    public bool AnyUnreadable => _unreadable.Count > 0;

    /// <summary>
    /// Whether something was done to the tenant's models that cannot be read, as of the last look: what is known of them may not be what
    /// holds, and nothing may be decided by it.
    /// </summary>
    public bool IsUnreadable(string tenantId) => _unreadable.ContainsKey(tenantId);

    /// <summary>Which model held when, for one tenant.</summary>
    public ModelTimeline Of(string tenantId) => Find(tenantId).Timeline;

    /// <summary>The model that holds now.</summary>
    public ScoringModel Now(string tenantId) => Of(tenantId).At(_clock.GetUtcNow());

    /// <summary>The tenant's versions as they were last looked up; to change them, read them anew.</summary>
    /// <exception cref="UnreadableModels"/>
    public ModelCatalog CatalogOf(string tenantId)
    {
        EnsureReadable(tenantId);
        return Find(tenantId).Catalog;
    }

    /// <summary>Nothing is shown by models that may not be those that hold.</summary>
    /// <exception cref="UnreadableModels"><see cref="IsUnreadable"/>.</exception>
    public void EnsureReadable(string tenantId)
    {
        if (IsUnreadable(tenantId)) throw new UnreadableModels();
    }

    /// <summary>The versions a tenant has in shadow, for one look at a dictionary.</summary>
    public IReadOnlyList<ModelVersion> ShadowsOf(string tenantId) => Find(tenantId).Shadows;

    /// <summary>All versions in shadow, whosever.</summary>
    public IEnumerable<(string TenantId, ModelVersion Version)> Shadows() => _known.SelectMany(k => k.Value.Shadows.Select(v => (k.Key, v)));

    /// <summary>One of a tenant's versions. What is not known may have been stored by another instance a moment ago: it is looked up.</summary>
    /// <returns>Null: the tenant has no such version.</returns>
    public async ValueTask<ScoringModel?> FindAsync(string tenantId, int version, CancellationToken ct)
    {
        if (Of(tenantId).WithVersion(version) is { } known) return known;
        await LookAsync(ct);
        return Of(tenantId).WithVersion(version);
    }

    /// <summary>The model a row's score was made under, which may have been replaced a moment ago.</summary>
    public ScoringModel Of(LeadDocument row) => Of(row.TenantId).WithId(row.Lead.Score.ModelId) ?? Now(row.TenantId);

    /// <summary>Looks up what has changed, unless that was done a moment ago.</summary>
    public ValueTask FreshenAsync(CancellationToken ct) =>
        _streams is null || (_hasLooked && _clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < KnownForMax) ? ValueTask.CompletedTask : new(LookAsync(ct));

    /// <summary>Looks up what has changed. What cannot be read of one tenant keeps none of the others waiting.</summary>
    /// <returns>The tenants whose models cannot be read, and why.</returns>
    public async Task<IReadOnlyDictionary<string, string>> LookAsync(CancellationToken ct)
    {
        var unreadable = new Dictionary<string, string>();
        if (_streams is null) return unreadable;
        await _turn.WaitAsync(ct);
        try
        {
            var lookedAt = _clock.GetTimestamp();
            foreach (var (tenantId, version) in await _streams.HeadsAsync(ct))
            {
                if (_known.TryGetValue(tenantId, out var known) && known.Version == version) continue;
                try
                {
                    var catalog = await _streams.ReadOnAsync(tenantId, known?.Catalog ?? ModelCatalog.BuiltIn, version, ct);
                    _known[tenantId] = new(version, catalog, catalog.Timeline());
                }
                catch (Exception e) when (e is not (OperationCanceledException or NpgsqlException) && !StoreFailures.IsUnavailable(e))
                {
                    unreadable.Add(tenantId, e.Message);
                }
            }

            _unreadable = unreadable;
            Volatile.Write(ref _lookedAt, lookedAt);
            _hasLooked = true;
            return unreadable;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private Known Find(string tenantId) => _known.GetValueOrDefault(tenantId, _otherwise);

    private sealed record Known(long Version, ModelCatalog Catalog, ModelTimeline Timeline)
    {
        public IReadOnlyList<ModelVersion> Shadows { get; } = [.. Catalog.Versions.Where(v => v.IsShadow && v.IsReadable)];
    }
}

/// <summary>Keeps an instance's knowledge of the tenants' models fresh, so that nobody who decides has to.</summary>
public sealed class ModelWatch(TenantModels models, TimeProvider clock, ILogger<ModelWatch> logger) : BackgroundService
{
    private readonly HashSet<string> _unreadable = [];
    private bool _isFailing;

    /// <summary>What the models are is known before the first request, unless the database is away or has no tables: then nothing else works.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryLookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(TenantModels.LookPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TryLookAsync(stoppingToken);
        }
    }

    private async Task TryLookAsync(CancellationToken ct)
    {
        try
        {
            var unreadable = await models.LookAsync(ct);
            foreach (var (tenantId, fault) in unreadable)
            {
                if (_unreadable.Add(tenantId)) logger.LogError("The scoring models of tenant {Tenant} cannot be read, and what they would decide is refused until they can: {Fault}", tenantId, fault);
            }

            _unreadable.IntersectWith(unreadable.Keys);
            _isFailing = false;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception e)
        {
            // Said once: the loop goes on, and others say it too.
            if (!_isFailing) logger.LogWarning("The scoring models could not be looked up: {Fault}", e.Message);
            _isFailing = true;
        }
    }
}
