namespace LeadScoring.Domain.Scoring.Versions;

/// <summary>A person agrees to a proposed definition of a lead in the name of a team.</summary>
public sealed record SignOffModel(int Version, SigningTeam Team, string Actor, string? Comment) : IModelCommand
{
    int? IModelCommand.Version => Version;

    /// <exception cref="RuleViolation">
    /// <c>model_not_proposed</c>, <c>model_is_built_in</c>, <c>team_has_signed</c>, <c>same_person_signed</c>.
    /// </exception>
    public IReadOnlyList<ModelEvent> Decide(ModelCatalog catalog, DateTimeOffset now)
    {
        var version = catalog.Get(Version);
        if (version == catalog.Versions[0])
        {
            throw new RuleViolation("model_is_built_in", "The definition the service starts with needs no signature and takes none.");
        }

        if (version.ProposedAt is null) throw new RuleViolation("model_not_proposed", "The version is still a draft: it must be proposed before anybody signs it.");
        if (version.SignOffs.FirstOrDefault(s => s.Team == Team) is { } signed)
        {
            return IsSamePerson(signed)
                ? []
                : throw new RuleViolation("team_has_signed", "Somebody else has signed for this team already.");
        }

        return version.SignOffs.Any(IsSamePerson)
            ? throw new RuleViolation("same_person_signed", "This person has signed for the other team: the two signatures must be of two people.")
            : [new ModelSignedOff(Version, Team, Actor, Comment, now)];
    }

    private bool IsSamePerson(SignOff signed) => string.Equals(Plain(signed.Actor), Plain(Actor), StringComparison.OrdinalIgnoreCase);

    /// <summary>However the words are spaced. That letters are composed alike is seen to where names come in.</summary>
    private static string Plain(string name) => string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
