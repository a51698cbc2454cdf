using System.Text.Json.Nodes;
using LeadScoring.Domain.Scoring;
using LeadScoring.Domain.Scoring.Versions;
using static LeadScoring.Specs.Scoring.Versions.ModelStory;

namespace LeadScoring.Specs.Scoring.Versions;

/// <summary>A definition of a lead is written by one, agreed to by two teams, and holds from an instant everybody knows.</summary>
public sealed class ModelVersions
{
    private static readonly DateTimeOffset NextWeek = Now.AddDays(7);

    [Fact]
    public void The_service_numbers_versions_whatever_their_documents_say()
    {
        var story = Drafted.When(Draft(threshold: 130));

        story.Catalog.Versions.Select(v => v.Version).ShouldBe([1, 2, 3]);
        story.Catalog.Get(3).Model.Version.ShouldBe(3);
        story.Catalog.Get(3).Model.Threshold.ShouldBe(130);
        story.StatusOf(3).ShouldBe(ModelStatus.Draft);
    }

    [Fact]
    public void A_document_needs_no_version_and_keeps_all_else_it_says()
    {
        var document = JsonNode.Parse(Document(120))!.AsObject();
        document.Remove("version");

        var numbered = JsonNode.Parse(ScoringModelDocument.Numbered(document.ToJsonString(), 7))!.AsObject();

        numbered.Select(m => m.Key).ShouldBe(["name", "version", "engagement", "fit", "qualification"]);
        ((int)numbered["version"]!).ShouldBe(7);
        numbered["version"] = 1;
        JsonNode.DeepEquals(numbered, JsonNode.Parse(Document(120))).ShouldBeTrue();
    }

    [Theory]
    [InlineData("\"two\"")]
    [InlineData("0")]
    [InlineData("null")]
    public void A_version_that_is_none_is_refused_though_it_would_be_replaced(string version)
    {
        var document = JsonNode.Parse(Document(120))!;
        document["version"] = JsonNode.Parse(version);

        Should.Throw<InvalidScoringModel>(() => ScoringModelDocument.Numbered(document.ToJsonString(), 7)).Errors.Single().Path.ShouldBe("$.version");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("""{"name":"\ud800"}""")]
    public void What_is_no_document_is_refused_not_stumbled_over(string text) =>
        Should.Throw<InvalidScoringModel>(() => ScoringModelDocument.Numbered(text, 7)).Errors.ShouldNotBeEmpty();

    [Fact]
    public void Drafting_the_same_again_makes_no_second_draft() => Drafted.When(Draft(threshold: 120)).ThenNothing();

    [Fact]
    public void What_somebody_else_drafts_is_another_draft_though_it_says_the_same() =>
        Drafted.When(Draft(threshold: 120) with { Actor = "max" }).Catalog.Versions.Count.ShouldBe(3);

    [Fact]
    public void A_tenant_has_only_so_many_versions()
    {
        var story = Untouched.Given(Enumerable.Range(2, DraftModel.VersionsMax - 1).Select(version => new ModelDrafted(
            version, version == 2 ? ScoringModelDocument.Numbered(Document(101), version) : $"another {version}", BasedOn: 1, "mia", Note: null, Story.Now)));

        story.When(Draft(threshold: 99)).ThenRefused("too_many_model_versions");
        story.When(Draft(threshold: 101)).ThenNothing();
    }

    [Fact]
    public void A_draft_can_be_edited_until_it_is_proposed()
    {
        var edited = Drafted.When(new EditDraft(2, Document(140), "max", Note: "higher"));

        edited.Catalog.Get(2).Model.Threshold.ShouldBe(140);
        edited.Catalog.Get(2).Note.ShouldBe("higher");
        edited.When(new EditDraft(2, Document(140), "max", Note: null)).ThenNothing();
        edited.When(new ProposeModel(2, "max")).When(new EditDraft(2, Document(150), "max", Note: null)).ThenRefused("model_not_a_draft");
    }

    [Fact]
    public void A_draft_is_edited_only_so_often()
    {
        var document = Drafted.Catalog.Get(2).Document;
        var story = Drafted.Given(Enumerable.Repeat(new ModelDraftEdited(2, document, "mia", Note: null, Story.Now), EditDraft.EditsMax - 1))
            .When(new EditDraft(2, Document(201), "mia", Note: null));

        story.Refusal.ShouldBeNull();
        story.When(new EditDraft(2, Document(99), "mia", Note: null)).ThenRefused("too_many_model_edits");
    }

    [Fact]
    public void Every_event_about_a_version_is_another_revision_of_it()
    {
        Drafted.Catalog.Get(2).Revision.ShouldBe(1);
        SignedOff.Catalog.Get(2).Revision.ShouldBe(4);
        SignedOff.When(Activate(2)).Catalog.Get(2).Revision.ShouldBe(5);
        SignedOff.Catalog.Get(1).Revision.ShouldBe(0);
    }

    [Fact]
    public void Both_teams_sign_what_is_proposed_and_nothing_else()
    {
        Drafted.When(new SignOffModel(2, SigningTeam.Sales, "sam", "fine")).ThenRefused("model_not_proposed");
        var proposed = Drafted.When(new ProposeModel(2, "mia")).Then(new ModelProposed(2, "mia", Now));
        proposed.When(new ProposeModel(2, "max")).ThenNothing();
        proposed.When(new SignOffModel(2, SigningTeam.Sales, "sam", "fine")).Then(new ModelSignedOff(2, SigningTeam.Sales, "sam", "fine", Now));
        proposed.StatusOf(2).ShouldBe(ModelStatus.Proposed);
        SignedOff.StatusOf(2).ShouldBe(ModelStatus.SignedOff);
        Untouched.When(new SignOffModel(1, SigningTeam.Sales, "sam", null)).ThenRefused("model_is_built_in");
        Untouched.When(new SignOffModel(9, SigningTeam.Sales, "sam", null)).ThenRefused("model_version_not_found");
    }

    [Theory]
    [InlineData("mia")]
    [InlineData(" Mia ")]
    [InlineData("MIA")]
    public void One_person_cannot_sign_for_both_teams(string actor) => Drafted
        .When(new ProposeModel(2, "max"))
        .When(new SignOffModel(2, SigningTeam.Marketing, "mia", Comment: null))
        .When(new SignOffModel(2, SigningTeam.Sales, actor, Comment: null))
        .ThenRefused("same_person_signed");

    [Theory]
    [InlineData("JOSÉ NÚÑEZ")]
    [InlineData("José  Núñez")]
    [InlineData("José\u00A0Núñez")]
    [InlineData("José \u2009 Núñez")]
    [InlineData("\u2003José Núñez\u00A0")]
    public void One_name_in_other_capitals_or_spaces_is_one_person(string actor)
    {
        var signed = Drafted.When(new ProposeModel(2, "max")).When(new SignOffModel(2, SigningTeam.Marketing, "José Núñez", Comment: null));

        signed.When(new SignOffModel(2, SigningTeam.Sales, actor, Comment: null)).ThenRefused("same_person_signed");
        signed.When(new SignOffModel(2, SigningTeam.Marketing, actor, Comment: null)).ThenNothing();
    }

    [Theory]
    [InlineData("Jose Núñez")]
    [InlineData("José Nuñez")]
    [InlineData("JoséNúñez")]
    public void Another_name_is_another_person(string actor) => Drafted
        .When(new ProposeModel(2, "max"))
        .When(new SignOffModel(2, SigningTeam.Marketing, "José Núñez", Comment: null))
        .When(new SignOffModel(2, SigningTeam.Sales, actor, Comment: null))
        .Then(new ModelSignedOff(2, SigningTeam.Sales, actor, Comment: null, Now));

    [Fact]
    public void Signing_again_changes_nothing_and_signing_after_a_colleague_is_refused()
    {
        SignedOff.When(new SignOffModel(2, SigningTeam.Sales, "SAM", "again")).ThenNothing();
        SignedOff.When(new SignOffModel(2, SigningTeam.Sales, "sue", Comment: null)).ThenRefused("team_has_signed");
    }

    [Fact]
    public void A_model_holds_only_with_both_signatures_and_the_refusal_names_who_is_missing()
    {
        var proposed = Drafted.When(new ProposeModel(2, "mia"));

        Drafted.When(Activate(2)).ThenRefused("model_not_signed");
        proposed.When(Activate(2)).ThenRefused("model_not_signed").Refusal!.Message.ShouldContain("marketing and of sales");
        var half = proposed.When(new SignOffModel(2, SigningTeam.Marketing, "mia", Comment: null)).When(Activate(2)).ThenRefused("model_not_signed");
        half.Refusal!.Message.ShouldContain("sales");
        half.Refusal!.Message.ShouldNotContain("marketing");
    }

    [Fact]
    public void A_model_is_tried_on_history_before_it_counts_unless_somebody_says_otherwise()
    {
        SignedOff.When(Activate(2, backtested: false)).ThenRefused("model_not_backtested");
        SignedOff.When(Activate(2, backtested: false, without: true)).Then(new ModelActivated(2, Now + Notice, "mia", WithoutBacktest: true, Now));
        SignedOff.When(Activate(2, backtested: true, without: true)).Then(new ModelActivated(2, Now + Notice, "mia", WithoutBacktest: false, Now));
    }

    [Fact]
    public void A_model_begins_to_hold_when_everybody_has_heard_of_it()
    {
        var activated = SignedOff.When(Activate(2)).Then(new ModelActivated(2, Now + Notice, "mia", WithoutBacktest: false, Now));

        activated.StatusOf(2).ShouldBe(ModelStatus.Scheduled);
        activated.StatusOf(1).ShouldBe(ModelStatus.Active);
        var later = activated.After(Notice);
        later.StatusOf(2).ShouldBe(ModelStatus.Active);
        later.StatusOf(1).ShouldBe(ModelStatus.Superseded);
        later.Catalog.Timeline().At(Now + Notice).Version.ShouldBe(2);
        later.Catalog.Timeline().At(Now + Notice - TimeSpan.FromTicks(1)).Version.ShouldBe(1);
    }

    [Fact]
    public void The_same_activation_again_does_nothing_new()
    {
        var now = SignedOff.When(Activate(2));
        now.When(Activate(2)).ThenNothing();
        now.After(TimeSpan.FromSeconds(1)).When(Activate(2)).ThenNothing();
        now.After(TimeSpan.FromDays(1)).When(Activate(2)).ThenNothing();

        var planned = SignedOff.When(Activate(2, at: NextWeek)).Then(new ModelActivated(2, NextWeek, "mia", WithoutBacktest: false, Now));
        planned.When(Activate(2, at: NextWeek)).ThenNothing();
        planned.After(TimeSpan.FromDays(30)).When(Activate(2, at: NextWeek)).ThenNothing();

        var soon = SignedOff.When(Activate(2, at: Now.AddSeconds(2))).Then(new ModelActivated(2, Now + Notice, "mia", WithoutBacktest: false, Now));
        soon.After(TimeSpan.FromSeconds(1)).When(Activate(2, at: Now.AddSeconds(2))).ThenNothing();
    }

    [Fact]
    public void What_is_planned_is_cancelled_before_it_is_planned_otherwise()
    {
        var planned = SignedOff.When(Activate(2, at: NextWeek));

        planned.When(Activate(2)).ThenRefused("model_activation_scheduled");
        planned.When(Activate(2, at: NextWeek.AddDays(1))).ThenRefused("model_activation_scheduled");
        var cancelled = planned.When(new CancelActivation(2, "sam", Notice)).Then(new ModelActivationCancelled(2, NextWeek, "sam", Now));
        cancelled.StatusOf(2).ShouldBe(ModelStatus.SignedOff);
        cancelled.Catalog.Timeline().At(NextWeek).Version.ShouldBe(1);
        cancelled.When(new CancelActivation(2, "sam", Notice)).ThenNothing();
        cancelled.When(Activate(2, at: NextWeek.AddDays(1))).Then(new ModelActivated(2, NextWeek.AddDays(1), "mia", WithoutBacktest: false, Now));
    }

    [Fact]
    public void What_is_about_to_hold_or_holds_cannot_be_cancelled_any_more()
    {
        SignedOff.When(Activate(2)).After(TimeSpan.FromSeconds(1)).When(new CancelActivation(2, "sam", Notice)).ThenRefused("activation_too_near");
        SignedOff.When(Activate(2)).After(Notice).When(new CancelActivation(2, "sam", Notice)).ThenRefused("model_already_active");
        SignedOff.When(new CancelActivation(2, "sam", Notice)).ThenNothing();
    }

    [Fact]
    public void A_model_cannot_have_held_before_somebody_said_so() =>
        SignedOff.When(Activate(2, at: Now.AddDays(-1))).ThenRefused("activation_in_the_past");

    [Fact]
    public void Going_back_to_what_has_held_needs_neither_signature_nor_backtest()
    {
        var active = SignedOff.When(Activate(2)).After(TimeSpan.FromDays(1));

        var back = active.When(Activate(1, backtested: false)).After(Notice);
        back.StatusOf(1).ShouldBe(ModelStatus.Active);
        back.StatusOf(2).ShouldBe(ModelStatus.Superseded);
        back.When(Activate(2, backtested: false)).After(Notice).StatusOf(2).ShouldBe(ModelStatus.Active);
    }

    [Fact]
    public void A_proposed_version_runs_in_shadow_and_not_more_than_a_few_at_once()
    {
        Drafted.When(new SwitchShadow(2, IsOn: true, "mia")).ThenRefused("model_not_proposed");
        Untouched.When(new SwitchShadow(1, IsOn: true, "mia")).ThenRefused("model_already_active");
        var two = Drafted.When(Draft(130)).When(Draft(140));
        foreach (var version in new[] { 2, 3, 4 }) two = two.When(new ProposeModel(version, "mia"));
        two = two.When(new SwitchShadow(2, IsOn: true, "mia")).When(new SwitchShadow(3, IsOn: true, "mia"));

        two.When(new SwitchShadow(3, IsOn: true, "mia")).ThenNothing();
        two.When(new SwitchShadow(4, IsOn: true, "mia")).ThenRefused("too_many_shadows");
        two.When(new SwitchShadow(2, IsOn: false, "mia")).When(new SwitchShadow(4, IsOn: true, "mia")).Catalog.Get(4).IsShadow.ShouldBeTrue();
    }
}
