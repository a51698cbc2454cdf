using LeadScoring.Host.Http;

namespace LeadScoring.Host.Leads;

/// <summary>The rules the bodies of commands share. What is broken is collected, not thrown.</summary>
/// <param name="now">The instant of the request.</param>
public sealed class CommandRules(DateTimeOffset now)
{
    public const int ActorLengthMax = 128;
    public const int NoteLengthMax = 1_000;
    public const decimal AmountMax = 1_000_000_000_000;
    public const int CoolDownYearsMax = 2;

    private const int AmountDecimalsMax = 2;
    private const int CurrencyLength = 3;

    public Validation Validation { get; } = new();

    public void Actor(string actor) => Validation.Text("$.actor", actor, ActorLengthMax);

    public void Owner(string? owner)
    {
        if (owner is not null) Validation.Text("$.owner", owner, ActorLengthMax);
    }

    public void Note(string? note) => Validation.Note("$.note", note, NoteLengthMax);

    public void CoolDownUntil(DateTimeOffset? until)
    {
        if (until is null) return;
        Validation.Require(until > now, "$.coolDownUntil", "The time must be in the future.");
        Validation.Require(
            until <= now.AddYears(CoolDownYearsMax), "$.coolDownUntil", $"The time is more than {CoolDownYearsMax} years ahead.");
    }

    public void Money(decimal? amount, string? currency)
    {
        if (amount is null != currency is null)
        {
            Validation.Add(amount is null ? "$.amount" : "$.currency", "Amount and currency are given together or not at all.");
        }

        if (amount is { } given)
        {
            Validation.Require(given is >= 0 and <= AmountMax, "$.amount", $"An amount from 0 to {AmountMax} is expected.");
            Validation.Require(
                decimal.Round(given, AmountDecimalsMax) == given, "$.amount", $"At most {AmountDecimalsMax} decimals are allowed.");
        }

        Validation.Require(
            currency is null || (currency.Length == CurrencyLength && currency.All(char.IsAsciiLetterUpper)),
            "$.currency",
            "A currency code of three upper-case letters is expected (ISO 4217), like EUR.");
    }
}
