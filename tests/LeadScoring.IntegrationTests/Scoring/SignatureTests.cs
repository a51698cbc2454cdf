using LeadScoring.Contracts;
using LeadScoring.IntegrationTests.Leads;

namespace LeadScoring.IntegrationTests.Scoring;

/// <summary>Two teams need two people: a name written otherwise is the same person.</summary>
public sealed class SignatureTests(LeadApi api) : IClassFixture<LeadApi>
{
    [Theory]
    [InlineData("José Núñez", "JOSÉ NÚÑEZ")]
    [InlineData("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez")]
    [InlineData("José Núñez", "JOSE\u0301 NU\u0301N\u0303EZ")]
    [InlineData("José Núñez", "Jose\u200D\u0301 Núñez")]
    [InlineData("José Núñez", "Ｊｏｓé\u3000Ｎúñｅｚ")]
    [InlineData("José Núñez", "Jo\u00ADsé\u200B  Núñez\uFEFF")]
    [InlineData("Nguyễn Việt", "Nguye\u0302\u0303n Vie\u0302\u0323t")]
    [InlineData("김한글", "\u1100\u1175\u11B7\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("ガブリエル", "ｶﾞﾌﾞﾘｴﾙ")]
    [InlineData("Йорг Ёлкин", "\u0418\u0306орг \u0415\u0308лкин")]
    [InlineData("Ångström", "\u212Bngstro\u0308m")]
    public async Task One_name_in_another_spelling_cannot_sign_for_the_other_team(string one, string other)
    {
        var tenant = (await api.NewTenantAsync()).Http;
        var version = (await tenant.DraftAsync(ModelDrafts.WithThreshold(110))).Model.Version;
        await tenant.DoAsync(version, "propose", new ProposeScoringModelRequest("max"));
        await tenant.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Marketing, one));

        await tenant.RefusedAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, other), 409, "same_person_signed");

        (await tenant.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Marketing, other))).Changed.ShouldBeFalse();
        (await tenant.DoAsync(version, "sign-offs", new SignOffRequest(SigningTeam.Sales, "Jose Nunez"))).Changed.ShouldBeTrue("another name is another person");
        (await tenant.ModelAsync(version)).Model.SignOffs[0].Actor.ShouldBe(one);
    }
}
