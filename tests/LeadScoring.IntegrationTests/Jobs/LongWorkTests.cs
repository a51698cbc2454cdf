using System.Collections.Concurrent;
using LeadScoring.Host.Jobs;
using LeadScoring.IntegrationTests.Setup;
using LeadScoring.IntegrationTests.Webhooks;
using Marten;
using Microsoft.Extensions.DependencyInjection;

namespace LeadScoring.IntegrationTests.Jobs;

/// <summary>Long work of tenants, whatever it is: everybody gets a turn, nothing asked for is forgotten, one instance at a time does it.</summary>
public sealed class LongWorkTests : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Tenants_take_turns_and_a_tenant_s_pieces_too()
    {
        var work = new Pages();
        await AskAsync("busy", [.. Enumerable.Range(0, 5).Select(i => $"long-{i}")]);
        await AskAsync("other", "short");
        work.Left["short"] = 2;
        for (var i = 0; i < 5; i++) work.Left[$"long-{i}"] = 3;
        work.Meanwhile = async () =>
        {
            work.Meanwhile = null;
            await _database.UntilAsync("select count(*) = 2 from mt_doc_tenant_work where data ->> 'MessageId' is not null");
        };

        await using var app = await StartAsync(work);
        await UntilNothingIsOpenAsync("busy", "other");

        var done = work.Done.ToList();
        done.Count.ShouldBe((5 * 3) + 2);
        done.IndexOf("short").ShouldBeLessThanOrEqualTo(1, "A tenant with little to do waits for a page of the others.");
        done.LastIndexOf("short").ShouldBeLessThanOrEqualTo(4);
        done.Where(d => d != "short").Take(5).Distinct().Count().ShouldBe(5, "Each piece has a page before one has two.");
    }

    [Fact]
    public async Task What_is_asked_for_while_a_page_is_done_is_looked_at_once_more()
    {
        var work = new Pages { Left = { ["once"] = 1 } };
        work.Meanwhile = async () =>
        {
            work.Meanwhile = null;
            work.Left["once"] = 1;
            await AskAsync("acme", "once");
        };
        await AskAsync("acme", "once");

        await using var app = await StartAsync(work);
        await UntilNothingIsOpenAsync("acme");

        work.Done.ShouldBe(["once", "once"]);
    }

    [Fact]
    public async Task One_that_fails_is_tried_again_and_holds_up_nobody()
    {
        var work = new Pages { Left = { ["bad"] = 1, ["good"] = 3 } };
        work.Faults["bad"] = 2;
        await AskAsync("acme", "bad", "good");

        await using var app = await StartAsync(work);
        await UntilNothingIsOpenAsync("acme");

        work.Done.ShouldBe(["good", "good", "good", "bad"]);
    }

    [Fact]
    public async Task Of_instances_one_is_at_a_tenant_s_work_and_what_one_leaves_another_goes_on_with()
    {
        var (one, two) = (new Pages(), new Pages());
        one.Left["shared"] = two.Left["shared"] = int.MaxValue;
        var first = await StartAsync(one);
        await AskAsync("acme", "shared");
        await Eventually.TrueAsync(() => Task.FromResult(one.Done.Count > 2), "the first is at it");
        await using var second = await StartAsync(two);
        var before = one.Done.Count;
        await Eventually.TrueAsync(() => Task.FromResult(one.Done.Count > before + 5), "it goes on");
        two.Done.ShouldBeEmpty();

        await first.DisposeAsync();

        await Eventually.TrueAsync(() => Task.FromResult(two.Done.Count > 2), "the second has it");
        two.Left["shared"] = 1;
        await UntilNothingIsOpenAsync("acme");
    }

    [Fact]
    public async Task A_message_that_was_lost_is_sent_again()
    {
        var work = new Pages { Left = { ["lost"] = 1 } };
        await using (var session = _database.Documents.LightweightSession("acme"))
        {
            var open = (await TenantWork.LockAsync(session, default)).With(new(Pages.WorkKind, "lost", DateTimeOffset.UtcNow, Guid.NewGuid()));
            open.Carried(Guid.NewGuid(), DateTimeOffset.UtcNow - TenantWork.LostAfter).StoreIn(session);
            await session.SaveChangesAsync();
        }

        await using var app = await StartAsync(work);
        await UntilNothingIsOpenAsync("acme");

        work.Done.ShouldBe(["lost"]);
    }

    [Fact]
    public async Task Of_a_message_that_was_taken_for_lost_and_the_one_sent_for_it_one_counts()
    {
        var (isHeld, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var work = new Pages { Left = { ["slow"] = 1, ["waits"] = 3 } };
        work.Meanwhile = async () =>
        {
            work.Meanwhile = null;
            isHeld.SetResult();
            await release.Task;
        };
        await using var app = await StartAsync(work);
        await AskAsync("busy", "slow");
        await isHeld.Task;
        await AskAsync("acme", "waits");
        await _database.UntilAsync("select exists (select from mt_doc_tenant_work where tenant_id = 'acme' and data ->> 'MessageId' is not null)");
        await using (var session = _database.Documents.LightweightSession("acme"))
        {
            var open = await TenantWork.LockAsync(session, default);
            (open with { LookAt = DateTimeOffset.UtcNow }).StoreIn(session);
            await session.SaveChangesAsync();
        }

        await _database.UntilAsync("select look_at > now() + interval '1 minute' from mt_doc_tenant_work where tenant_id = 'acme'");
        release.SetResult();
        await UntilNothingIsOpenAsync("busy", "acme");

        work.Done.ShouldBe(["slow", "waits", "waits", "waits"]);
    }

    private Task<RunningApp> StartAsync(Pages work) =>
        RunningApp.StartAsync(_database.ConnectionString, services => services.AddSingleton<ILongWork>(work), ("Logging:LogLevel:Default", "None"));

    private async Task AskAsync(string tenantId, params string[] pieces)
    {
        await using var session = _database.Documents.LightweightSession(tenantId);
        foreach (var piece in pieces)
        {
            var open = (await TenantWork.LockAsync(session, default)).With(new(Pages.WorkKind, piece, DateTimeOffset.UtcNow, Guid.NewGuid()));
            (open.MessageId is null ? open.Carried(messageId: null, DateTimeOffset.UtcNow) : open).StoreIn(session);
            await session.SaveChangesAsync();
        }
    }

    private async Task UntilNothingIsOpenAsync(params string[] tenants)
    {
        foreach (var tenantId in tenants)
        {
            await MigratedDatabase.UntilAsync(
                async () =>
                {
                    await using var session = _database.Documents.QuerySession(tenantId);
                    return await TenantWork.FindAsync(session, default) is { Open.Count: 0, MessageId: null, LookAt: null };
                },
                $"nothing of {tenantId} is open");
        }
    }

    /// <summary>Each piece is over after so many pages.</summary>
    private sealed class Pages : ILongWork
    {
        public const string WorkKind = "pages";

        public ConcurrentDictionary<string, int> Left { get; } = [];

        public ConcurrentDictionary<string, int> Faults { get; } = [];

        public ConcurrentQueue<string> Done { get; } = [];

        public Func<Task>? Meanwhile { get; set; }

        public string Kind => WorkKind;

        public async Task<TimeSpan?> GoOnAsync(string tenantId, string id, CancellationToken stopping)
        {
            if (Faults.GetValueOrDefault(id) is > 0 and var faults)
            {
                Faults[id] = faults - 1;
                throw new InvalidOperationException("A fault of the test's.");
            }

            Done.Enqueue(id);
            var left = Left.AddOrUpdate(id, 0, (_, before) => before - 1);
            if (Meanwhile is not null) await Meanwhile();
            return left > 0 ? TimeSpan.Zero : null;
        }
    }
}
