using LeadScoring.Domain.Identities;

namespace LeadScoring.Specs.Identities;

public sealed class EmailAddresses
{
    public static TheoryData<string> LengthsRefused =>
    [
        $"{new string('a', 65)}@example.com",
        $"a@{new string('b', 64)}.com",
        OfLength(255),
    ];

    public static TheoryData<string> LengthsAccepted =>
    [
        $"{new string('a', 64)}@example.com",
        $"a@{new string('b', 63)}.com",
        OfLength(254),
    ];

    [Theory]
    [InlineData("ann@example.com", "ann@example.com")]
    [InlineData("  Ann.Lee@Example.COM \r\n", "ann.lee@example.com")]
    [InlineData("\u00a0ann@example.com\u3000", "ann@example.com")]
    [InlineData("ann+newsletter@mail.example.co.uk", "ann+newsletter@mail.example.co.uk")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com")]
    [InlineData("o'brien@example.ie", "o'brien@example.ie")]
    [InlineData("1@2.de", "1@2.de")]
    [InlineData("JÜRGEN@MÜNCHEN.DE", "jürgen@münchen.de")]
    [InlineData("Юля@Почта.РФ", "юля@почта.рф")]
    [InlineData("用户@例子.中国", "用户@例子.中国")]
    [InlineData("a@XN--MNCHEN-3YA.de", "a@xn--mnchen-3ya.de")]
    [InlineData("a@3com.example", "a@3com.example")]
    public void A_good_address_is_trimmed_and_lower_cased_and_nothing_else(string text, string expected)
    {
        EmailAddress.TryNormalize(text, out var address).ShouldBeTrue();
        address.ShouldBe(expected);
        EmailAddress.TryNormalize(address, out var again).ShouldBeTrue();
        again.ShouldBe(address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("ann")]
    [InlineData("@")]
    [InlineData("@example.com")]
    [InlineData("ann@")]
    [InlineData("ann@example")]
    [InlineData("ann@@example.com")]
    [InlineData("ann@home@example.com")]
    [InlineData("ann lee@example.com")]
    [InlineData("ann@exam ple.com")]
    [InlineData("ann @example.com")]
    [InlineData("ann@ example.com")]
    [InlineData("ann\t@example.com")]
    [InlineData("ann\n@example.com")]
    [InlineData(".ann@example.com")]
    [InlineData("ann.@example.com")]
    [InlineData("ann..lee@example.com")]
    [InlineData("ann@.example.com")]
    [InlineData("ann@example.com.")]
    [InlineData("ann@example..com")]
    [InlineData("ann@-example.com")]
    [InlineData("ann@example-.com")]
    [InlineData("ann@exam_ple.com")]
    [InlineData("\"ann lee\"@example.com")]
    [InlineData("Ann Lee <ann@example.com>")]
    [InlineData("mailto:ann@example.com")]
    [InlineData("ann@example.com, bob@example.com")]
    [InlineData("ann(work)@example.com")]
    [InlineData("ann@example.com/path")]
    [InlineData("ann@localhost")]
    [InlineData("ann@127.0.0.1")]
    [InlineData("ann@[127.0.0.1]")]
    [InlineData("ann@example.123")]
    [InlineData("ann\0@example.com")]
    [InlineData("ann@example.com\0")]
    [InlineData("ann\u200b@example.com")]
    [InlineData("ann\u202e@example.com")]
    [InlineData("ann😀@example.com")]
    [InlineData("jürgen\u0308@example.com")]
    public void A_bad_address_is_refused(string text) => EmailAddress.TryNormalize(text, out _).ShouldBeFalse();

    [Fact]
    public void A_lone_surrogate_is_refused() => EmailAddress.TryNormalize("ann\ud83d@example.com", out _).ShouldBeFalse();

    [Theory, MemberData(nameof(LengthsAccepted))]
    public void The_longest_parts_are_accepted(string text) => EmailAddress.TryNormalize(text, out _).ShouldBeTrue();

    [Theory, MemberData(nameof(LengthsRefused))]
    public void Longer_ones_are_refused(string text) => EmailAddress.TryNormalize(text, out _).ShouldBeFalse();

    private static string OfLength(int length)
    {
        var address = $"{new string('a', 64)}@{new string('b', 63)}.{new string('c', 63)}.{new string('d', 57)}.";
        return address + new string('e', length - address.Length);
    }
}
