using System.Text;
using LeadScoring.Contracts;

namespace LeadScoring.IntegrationTests.Webhooks;

public sealed class WebhookSignatureTests
{
    // The example the specification's own libraries are tested with.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Timestamp = "1614265330";
    private const string Body = """{"test": 2432232314}""";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_614_265_330);

    [Fact]
    public void The_published_example_is_signed_as_published() =>
        WebhookSignature.Sign(WebhookSignature.KeyOf(Secret)!, Id, Now.ToUnixTimeSeconds(), Encoding.UTF8.GetBytes(Body)).ShouldBe(Signature);

    [Theory]
    [InlineData(Secret, Id, Timestamp, Signature, Body, true)]
    [InlineData(Secret, Id, Timestamp, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x " + Signature, Body, true)]
    [InlineData(Secret, Id, Timestamp, Signature, """{"test": 2432232315}""", false)]
    [InlineData(Secret, Id, Timestamp, Signature, """{"test": 2432232314} """, false)]
    [InlineData(Secret, "msg_p5jXN8AQM9LWM0D4loKWxJel", Timestamp, Signature, Body, false)]
    [InlineData(Secret, Id, "1614265331", Signature, Body, false)]
    [InlineData(Secret, Id, "+1614265330", Signature, Body, false)]
    [InlineData(Secret, Id, "", Signature, Body, false)]
    [InlineData(Secret, "", Timestamp, Signature, Body, false)]
    [InlineData(Secret, Id, Timestamp, "", Body, false)]
    [InlineData(Secret, Id, Timestamp, "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Body, false)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", Id, Timestamp, Signature, Body, false)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Id, Timestamp, Signature, Body, false)]
    public void A_request_is_taken_only_when_it_is_what_was_signed(
        string secret, string id, string timestamp, string signatures, string body, bool isTaken) =>
        WebhookSignature.IsValid(secret, id, timestamp, signatures, Encoding.UTF8.GetBytes(body), Now).ShouldBe(isTaken);

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void A_request_is_taken_for_five_minutes(int secondsLater, bool isTaken) =>
        WebhookSignature.IsValid(Secret, Id, Timestamp, Signature, Encoding.UTF8.GetBytes(Body), Now.AddSeconds(secondsLater)).ShouldBe(isTaken);

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_secret_is_24_to_64_bytes(int bytes, bool isOne) =>
        (WebhookSignature.KeyOf(WebhookSignature.SecretOf(new byte[bytes])) is not null).ShouldBe(isOne);
}
