using System.Text;
using System.Text.Json;
using LeadScoring.Domain;
using LeadScoring.Domain.Identities;
using LeadScoring.Domain.Leads;
using LeadScoring.Domain.Qualification;
using LeadScoring.Domain.Scoring;
using LeadScoring.Host.Leads;

namespace LeadScoring.ContractTests;

/// <summary>States of leads as they lie in people's databases. What was ever written there stays readable.</summary>
public sealed class LeadStateTests
{
    private const int SamplesMax = 500;

    private static readonly ScoringModel Model = ScoringModelDocument.Default;

    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    /// <summary>Format 1 of <see cref="EveryMemberOfFormat1"/>. Never changed: a new format gets a new one.</summary>
    private const string Format1 =
        "0101957F3A0B5E7C118D2F0123456789AB80A0C5DAC28EBCDE11AC02FF03048080EAF3EF960102028180CEA6A5328080A7D3"
        + "921980C0D3A9C90C03616E6E04FFBFFAFCDB2502010000000000E055400180C0FAFCDB258080CEA6A532033AE20100000000"
        + "00000000000000020003455552FFBFFAFCDB250201107A6FC3AB406578616D706C652E636F6D000563726D2D3701025F3C0A"
        + "527F0E4E3A9A610D5A3F6E2B110307636F6D70616E79000A4EC3B87264202620436F09656D706C6F79656573010000000000"
        + "506F400A737562736372696265640201830103FFFFB79A95C9018080B89A95C901020B706167655F76696577656482010E64"
        + "656D6F5F726571756573746564010203776562066D61696C65720106737072696E67000A312D396632633031643400000209"
        + "706167652076696577010000000000802840000000000000F83F0082010B652D6D61696C206F70656E0200000000000008C0"
        + "FFFF9BCDCA640201BAA55A0201FFFFA6D39219";

    /// <summary>Format 2 of <see cref="EveryMemberOfFormat2"/>, with the product of its nurture. Never changed.</summary>
    private const string Format2 =
        "0201957F3A0B5E7C118D2F0123456789AB80A0C5DAC28EBCDE11AC02FF0F048080EAF3EF960102028180CEA6A5328080A7D3"
        + "921980C0D3A9C90C03616E6E04FFBFFAFCDB2502010000000000E055400180C0FAFCDB258080CEA6A5321FFFBFD3A9C90C16"
        + "73616C65732D6C656164406578616D706C652E636F6DFFFFA6D39219033AE201000000000000000000000002000345555200"
        + "03057375697465FFFFCDA6A532030A0B6469726563745F6D61696C80808C82F5F60301FFFFD9A89AA9040201107A6FC3AB40"
        + "6578616D706C652E636F6D000563726D2D3701025F3C0A527F0E4E3A9A610D5A3F6E2B110307636F6D70616E79000A4EC3B8"
        + "7264202620436F09656D706C6F79656573010000000000506F400A737562736372696265640201830103FFFF9BCDCA648080"
        + "B89A95C901020B706167655F76696577656482010E64656D6F5F726571756573746564010203776562066D61696C65720106"
        + "737072696E67000A312D396632633031643400000209706167652076696577010000000000802840000000000000F83F0082"
        + "010B652D6D61696C206F70656E0200000000000008C0FFFF9BCDCA640201BAA55A0201FFFFA6D39219";

    /// <summary>Format 3 of <see cref="EveryMember"/>.</summary>
    private const string Format3 =
        "0301957F3A0B5E7C118D2F0123456789AB80A0C5DAC28EBCDE11AC02FF1F048080EAF3EF960102028180CEA6A5328080A7D3"
        + "921980C0D3A9C90C03616E6E04FFBFFAFCDB2502010000000000E055400180C0FAFCDB258080CEA6A5321FFFBFD3A9C90C16"
        + "73616C65732D6C656164406578616D706C652E636F6DFFFFA6D39219033AE201000000000000000000000002000345555200"
        + "02FFFFCDA6A532030A0B6469726563745F6D61696C80808C82F5F60301FFFFD9A89AA9040480C0A1D0EE3E010201107A6FC3"
        + "AB406578616D706C652E636F6D000563726D2D3701025F3C0A527F0E4E3A9A610D5A3F6E2B110307636F6D70616E79000A4E"
        + "C3B87264202620436F09656D706C6F79656573010000000000506F400A737562736372696265640201830107FFBFBD9DB9A3"
        + "018080B89A95C901057375697465FFFF9BCDCA64020B706167655F76696577656482010E64656D6F5F726571756573746564"
        + "010203776562066D61696C65720106737072696E67010573756974650A312D396632633031643480809CCDCA640202097061"
        + "67652076696577010000000000802840000000000000F83F0082010B652D6D61696C206F70656E0200000000000008C0FFFF"
        + "9BCDCA640201BAA55A0201FFFFA6D3921901FFA5899DA53202FFD9C409008087A70E01";

    private static Lead EveryMemberOfFormat1 { get; } = new()
    {
        Id = new("01957f3a-0b5e-7c11-8d2f-0123456789ab"),
        Version = 300,
        Stage = Stage.SalesQualified,
        StageSince = Start.AddDays(3),
        Cycle = 2,
        QualifiedThisCycle = true,
        CountFrom = Start.AddDays(2),
        CoolDownUntil = Start.AddDays(2.5),
        LastCycleEnd = new(RecycleReason.NotReady, Start.AddDays(2)),
        FastTrackedAt = Start.AddDays(2.75),
        CapturedAt = Start,
        LatestAt = Start.AddDays(3).AddTicks(1),
        Identities = [new(IdentityKind.Email, "zoë@example.com"), new(IdentityKind.ExternalId, "crm-7")],
        Conflicts = [new(IdentityKind.AnonymousId, new("5f3c0a52-7f0e-4e3a-9a61-0d5a3f6e2b11"))],
        Attributes = new Dictionary<string, Scalar>
        {
            ["company"] = Scalar.Of("Nørd & Co"),
            ["employees"] = Scalar.Of(250.5),
            ["subscribed"] = Scalar.Of(true),
        },
        Engagements = new(
            131,
            Start.AddDays(-1),
            Start.AddDays(3),
            new Dictionary<string, int> { ["page_viewed"] = 130, ["demo_requested"] = 1 },
            ["web", "mailer"],
            ["spring"],
            []),
        Score = new(
            "1-9f2c01d4",
            Start.AddDays(3),
            Exact: false,
            [
                new("page view", 12.25, 1.5, Start.AddDays(3), 130, null),
                new("e-mail open", -3, -3, Start.AddDays(1), 2, [new(739_677, [1, 863_999_999_999])]),
            ]),
        Owner = "ann",
        Handoff = new(2, QualificationReason.FastTrack, 87.5, Grade.B, Start.AddDays(2.75), Start.AddDays(3.75)),
        DisqualifiedByRejection = true,
        Opportunity = new(1234.50m, "EUR", Start.AddDays(3)),
    };

    private static Lead EveryMemberOfFormat2 { get; } = EveryMemberOfFormat1 with
    {
        Handoff = EveryMemberOfFormat1.Handoff! with
        {
            AcceptanceDueSoonAt = Start.AddDays(3.5),
            EscalateTo = "sales-lead@example.com",
            AnsweredAt = Start.AddDays(3),
            DueSoonRaised = true,
            OverdueRaised = true,
        },
        Nurture = new(Start.AddDays(2), new(3, 10, "direct_mail", Start.AddDays(12))),
        NurtureWish = new(IsOut: true, Start.AddDays(1)),
    };

    private static Lead EveryMember { get; } = EveryMemberOfFormat2 with
    {
        Hold = new(4, Start.AddDays(2.25), IsDropped: true),
        Engagements = EveryMemberOfFormat2.Engagements with { Products = ["suite"], LatestProduct = new("suite", Start.AddDays(1)) },
        Score = EveryMemberOfFormat2.Score with
        {
            Clicks = new([new(Start.UtcTicks, IsSettled: false), new(Start.AddSeconds(1.5).UtcTicks, IsSettled: true)], Start.AddSeconds(1).UtcTicks),
        },
    };

    [Fact]
    public void Format_3_is_written_and_read_as_it_ever_was()
    {
        Convert.ToHexString(LeadState.Write(EveryMember)).ShouldBe(Format3);
        Written(LeadState.Read(Convert.FromHexString(Format3))).ShouldBe(Written(EveryMember));
    }

    [Fact]
    public void Format_2_is_read_as_it_ever_was() =>
        Written(LeadState.Read(Convert.FromHexString(Format2))).ShouldBe(Written(EveryMemberOfFormat2));

    [Fact]
    public void Format_2_does_not_know_the_latest_product_so_that_the_stream_is_asked()
    {
        var lead = EveryMemberOfFormat2 with { Score = EveryMemberOfFormat2.Score with { Exact = true }, Nurture = null };
        byte[] InFormat2(Lead of) => [2, .. LeadState.Write(of).AsSpan(1)];

        LeadState.Read(InFormat2(lead)).Score.Exact.ShouldBeTrue();
        LeadState.Read(InFormat2(lead with { Engagements = lead.Engagements with { Products = ["suite"] } })).Score.Exact.ShouldBeFalse();
    }

    [Fact]
    public void Format_1_is_read_as_it_ever_was() =>
        Written(LeadState.Read(Convert.FromHexString(Format1))).ShouldBe(Written(EveryMemberOfFormat1));

    [Fact]
    public void Format_1_with_members_it_never_had_is_refused() =>
        Should.Throw<UnreadableLeadStateException>(() => LeadState.Read([1, .. LeadState.Write(EveryMember).AsSpan(1)]));

    [Fact]
    public void A_lead_that_waits_for_nothing_takes_no_more_than_in_format_1()
    {
        var lead = EveryMemberOfFormat1 with { Handoff = null };

        LeadState.Read([1, .. LeadState.Write(lead).AsSpan(1)]).Version.ShouldBe(lead.Version);
    }

    [Fact]
    public void Whatever_happens_to_a_lead_its_state_reads_back_as_it_is()
    {
        for (var seed = 0; seed < SamplesMax; seed++)
        {
            var lead = RandomLead(new Random(seed));

            var read = LeadState.Read(LeadState.Write(lead));

            Written(read).ShouldBe(Written(lead), $"seed {seed}");
        }
    }

    [Fact]
    public void A_typical_lead_takes_no_more_than_350_bytes()
    {
        var lead = Lead.New(Guid.CreateVersion7(), Model)
            .Evolve(new LeadCaptured("website", Start), Model)
            .Evolve(new IdentityLinked(IdentityKind.Email, "marguerite.yourcenar@example.com", Start), Model);
        string[] types = ["page_viewed", "email_opened", "email_clicked", "webinar_attended"];
        for (var i = 0; i < 20; i++)
        {
            lead = lead.Evolve(
                new EngagementRecorded("website", $"{i}", types[i % 4], Start.AddHours(7 * i), Campaign: "spring-2026"), Model);
        }

        LeadState.Write(lead).Length.ShouldBeLessThanOrEqualTo(350);
    }

    [Fact]
    public void Json_of_before_format_1_is_read()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(EveryMember, LeadStateJson.Default.Lead);

        Written(LeadState.Read(json)).ShouldBe(Written(EveryMember));
    }

    [Fact]
    public void Instants_are_kept_whatever_their_offset()
    {
        var paris = new DateTimeOffset(2026, 3, 2, 10, 0, 0, 1, TimeSpan.FromHours(1));
        var lead = EveryMember with { CapturedAt = paris, LatestAt = DateTimeOffset.MaxValue, StageSince = DateTimeOffset.MinValue };

        var read = LeadState.Read(LeadState.Write(lead));

        (read.CapturedAt, read.LatestAt, read.StageSince).ShouldBe((paris, DateTimeOffset.MaxValue, DateTimeOffset.MinValue));
    }

    [Fact]
    public void A_state_that_is_cut_short_or_goes_on_is_refused()
    {
        var state = LeadState.Write(EveryMember);

        for (var length = 0; length < state.Length; length++)
        {
            Should.Throw<UnreadableLeadStateException>(() => LeadState.Read(state.AsSpan(0, length)));
        }

        Should.Throw<UnreadableLeadStateException>(() => LeadState.Read([.. state, 0]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"Score\": 5}")]
    [InlineData("a lead")]
    public void What_is_no_state_is_refused(string state) =>
        Should.Throw<UnreadableLeadStateException>(() => LeadState.Read(Encoding.UTF8.GetBytes(state)));

    [Fact]
    public void Damaged_bytes_are_a_lead_or_a_refusal_and_never_make_room_for_more_than_they_hold()
    {
        var state = LeadState.Write(EveryMember);
        var random = new Random(20260302);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = state.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--) damaged[random.Next(1, damaged.Length)] = (byte)random.Next(256);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                LeadState.Read(damaged);
            }
            catch (UnreadableLeadStateException)
            {
                // Said, as it should be.
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100 * state.Length);
        }
    }

    private static string Written(Lead lead) => JsonSerializer.Serialize(lead, LeadStateJson.Default.Lead);

    /// <summary>A lead after up to eighty random facts, in any order and of any value: the fold refuses nothing.</summary>
    private static Lead RandomLead(Random random)
    {
        var lead = Lead.New(Guid.NewGuid(), Model);
        for (var i = random.Next(80); i > 0; i--) lead = lead.Evolve(RandomFact(random), Model);
        return lead;
    }

    private static LeadEvent RandomFact(Random random)
    {
        var at = Start.AddTicks(random.NextInt64(-TimeSpan.TicksPerDay * 60, TimeSpan.TicksPerDay * 60));
        var cycle = random.Next(1, 5);
        return random.Next(38) switch
        {
            0 => new LeadCaptured(Text(random), at),
            1 or 2 => new IdentityLinked((IdentityKind)random.Next(3), Text(random), at),
            3 => new IdentityConflictFound((IdentityKind)random.Next(3), Guid.NewGuid(), at),
            4 or 5 => new AttributesChanged(new Dictionary<string, Scalar?> { [Text(random)] = RandomScalar(random) }, "ops", at),
            6 => new AutomationQualified(cycle, RandomJudgement(random), at),
            7 => new MarketingQualified(
                cycle, (QualificationReason)random.Next(Enum.GetValues<QualificationReason>().Length), null, RandomJudgement(random),
                new(0, new Dictionary<string, int>(), null, null, [], []), at.AddDays(1), at, null,
                random.Next(2) == 0 ? null : at.AddHours(18), random.Next(2) == 0 ? null : Text(random)),
            8 => new SalesAccepted(cycle, "ann", Text(random), at),
            9 => new LeadRecycled(
                cycle, "ann", (RecycleReason)random.Next(Enum.GetValues<RecycleReason>().Length), null, at.AddDays(30), at),
            10 => new LeadDisqualified(cycle, "ann", DisqualificationReason.Other, random.Next(2) == 0 ? RejectionReason.Other : null, null, at),
            11 => new LeadReinstated(cycle, "ann", null, at),
            12 => new OpportunityOpened(cycle, "ann", random.Next(2) == 0 ? null : random.Next() / 100m, random.Next(2) == 0 ? null : "EUR", null, at),
            13 => new OpportunityWon(cycle, "ann", random.Next(2) == 0 ? null : -0.0m, null, null, at),
            14 => new OpportunityLost(cycle, "ann", LossReason.Other, null, at),
            15 => new AcceptanceDueSoon(cycle, at, null, at),
            16 => new AcceptanceOverdue(cycle, at, null, at),
            17 => new NurtureStarted(cycle, random.Next(2) == 0 ? null : Text(random), at, RandomStep(random, at), at),
            18 => new NurtureStepDue(cycle, new(1, 3, "email", at), null, at, RandomStep(random, at), at),
            19 => new NurtureEnded(cycle, NurtureEndReason.Unsubscribed, at, at),
            20 => new NurtureResumed(cycle, at, at),
            21 => new ModelCrossed(cycle, RandomJudgement(random), Model.Id, at),
            22 => new ModelCrossingDropped(cycle, "mia", null, at),
            _ => new EngagementRecorded(
                Text(random), Text(random), Model.Rules[random.Next(Model.Rules.Count)].Type, at,
                Campaign: random.Next(2) == 0 ? null : Text(random), Product: random.Next(3) == 0 ? Text(random) : null),
        };
    }

    private static NurtureStep? RandomStep(Random random, DateTimeOffset at) =>
        random.Next(4) == 0 ? null : new(random.Next(1, 50), random.Next(1, 730), Text(random), at.AddDays(random.Next(60)));

    private static Scalar? RandomScalar(Random random) => random.Next(4) switch
    {
        0 => null,
        1 => Scalar.Of(Text(random)),
        2 => Scalar.Of((random.NextDouble() - 0.5) * 1e9),
        _ => Scalar.Of(random.Next(2) == 0),
    };

    private static Judgement RandomJudgement(Random random) =>
        new(random.NextDouble() * 100, random.NextDouble() * 100, Fit: 0, (Grade)random.Next(4), Model.Id, []);

    private static string Text(Random random) => random.Next(5) switch
    {
        0 => "",
        1 => "Ünïcödé ✓ 😀",
        2 => new('x', random.Next(300)),
        _ => $"text-{random.Next(40)}",
    };
}
