using LeadScoring.Host.Access;

namespace LeadScoring.IntegrationTests.Access;

public sealed class ApiKeyTextTests
{
    [Fact]
    public void A_made_key_reads_back_as_itself()
    {
        var key = ApiKeyText.Make();

        ApiKeyText.TryParse(key.Reveal(), out var read).ShouldBeTrue();
        read.ShouldBe(key);
        read.Hash().ShouldBe(key.Hash());
    }

    [Fact]
    public void Two_keys_have_nothing_in_common()
    {
        var (one, other) = (ApiKeyText.Make(), ApiKeyText.Make());

        one.Id.ShouldNotBe(other.Id);
        one.Secret.ShouldNotBe(other.Secret);
    }

    [Fact]
    public void A_key_printed_by_accident_does_not_show_its_secret()
    {
        var key = ApiKeyText.Make();

        $"{key}".ShouldBe($"ls_{key.Id}_...");
    }

    [Theory]
    [InlineData("")]
    [InlineData("ls_")]
    [InlineData("xx_abcdefghijklmnop_0123456789012345678901234567890123456789012")]
    [InlineData("ls_ABCDEFGHIJKLMNOP_0123456789012345678901234567890123456789012")]
    [InlineData("ls_abcdefghijklmnop-0123456789012345678901234567890123456789012")]
    [InlineData("ls_abcdefghijklmnop_012345678901234567890123456789012345678901_")]
    [InlineData("ls_abcdefghijklmnop_01234567890123456789012345678901234567890123")]
    public void What_is_no_key_is_not_read_as_one(string text) => ApiKeyText.TryParse(text, out _).ShouldBeFalse();
}
