using JasperFx;
using LeadScoring.Host.Storage;
using Marten;

namespace LeadScoring.Host.Jobs;

/// <summary>Says that a tenant's long work is to be gone on with. Of those of a tenant the one counts that its <see cref="TenantWork"/> names.</summary>
public sealed record GoOnWithWork(string TenantId, Guid MessageId);

/// <summary>A kind of long work. What it is about and how far it is stands in documents of its own.</summary>
public interface ILongWork
{
    /// <summary>How long a page goes on before others have their turn; looked at between two of its steps.</summary>
    static readonly TimeSpan PageMax = TimeSpan.FromSeconds(1);

    /// <summary>Frozen, as it stands in documents.</summary>
    string Kind { get; }

    /// <summary>Goes on with one piece for a page: 0.2 to 2 s. A page may be done twice, and by two instances at once.</summary>
    /// <param name="stopping">The instance stops: what is not done is left to another.</param>
    /// <returns>How long to leave it alone before it is gone on with, which may be zero; null: it is over.</returns>
    Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping);
}

/// <param name="Kind">That of its <see cref="ILongWork"/>.</param>
/// <param name="Id">The work's own name for it.</param>
/// <param name="DueAt">Not before, by the machines' clock.</param>
/// <param name="AskId">Of the latest asking for it: one that comes while a page is done is for another page.</param>
public sealed record OpenPiece(string Kind, string Id, DateTimeOffset DueAt, Guid AskId);

/// <summary>
/// All long work of a tenant that is not over, and the one message that is on its way for it. Changed under <see cref="LockAsync"/>
/// alone: whoever asks for work and whoever has done some see each other.
/// </summary>
/// <param name="Open">The next one to have its turn first.</param>
/// <param name="MessageId">Null: none is on its way, since nothing is due.</param>
/// <param name="LookAt">When a message is to be sent that is not on its way, or may be taken for lost; null: nothing is open.</param>
public sealed record TenantWork(IReadOnlyList<OpenPiece> Open, Guid? MessageId, DateTimeOffset? LookAt) : IRevisioned
{
    /// <summary>
    /// A message that nobody has said to be at work on for so long may be lost: its envelope became a dead letter, or was stored and never
    /// handed on. It is sent once more; if it only waited, whichever comes first counts.
    /// </summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(2);

    private const string OnlyId = "work";

    public string Id { get; init; } = OnlyId;

    public string TenantId { get; set; } = "";

    /// <summary>
    /// In which the message came whose page is being done: of two that were sent one counts, and one that is handed on counts again. Null: no
    /// page is.
    /// </summary>
    public Guid? EnvelopeId { get; init; }

    /// <summary>Of the page that is being done: whoever began one before has lost his.</summary>
    public Guid? PageId { get; init; }

    /// <summary>Refuses who lost his lock with his connection, and does not know it.</summary>
    public int Version { get; set; }

    /// <summary>Lets in one after the other who makes, ends or counts a tenant's long work, until each session is disposed or has saved.</summary>
    /// <returns>As it is then.</returns>
    public static async Task<TenantWork> LockAsync(IDocumentSession session, CancellationToken ct)
    {
        await session.LockAsync("long work", ct);
        return await session.LoadAsync<TenantWork>(OnlyId, ct) ?? new([], MessageId: null, LookAt: null) { TenantId = session.TenantId };
    }

    /// <summary>To be stored when the session saves.</summary>
    public void StoreIn(IDocumentSession session) => session.UpdateRevision(this, Version + 1L);

    public static Task<TenantWork?> FindAsync(IQuerySession session, CancellationToken ct) => session.LoadAsync<TenantWork>(OnlyId, ct);

    /// <summary>With a piece behind all others, which may be among them.</summary>
    public TenantWork With(OpenPiece piece) => Without(piece) is var others ? others with { Open = [.. others.Open, piece] } : others;

    public TenantWork Without(OpenPiece piece) => this with { Open = [.. Open.Where(p => (p.Kind, p.Id) != (piece.Kind, piece.Id))] };

    /// <returns>Null: nothing is due.</returns>
    public OpenPiece? Next(DateTimeOffset now) => Open.FirstOrDefault(p => p.DueAt <= now);

    /// <summary>With the message that somebody is at work on, or nobody needs.</summary>
    public TenantWork Carried(Guid? messageId, DateTimeOffset now) => this with
    {
        MessageId = messageId, LookAt = messageId is not null ? now + LostAfter : Open.Count > 0 ? Open.Min(p => p.DueAt) : null,
    };
}
