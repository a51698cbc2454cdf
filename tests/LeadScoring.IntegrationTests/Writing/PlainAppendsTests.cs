using LeadScoring.IntegrationTests.Setup;

namespace LeadScoring.IntegrationTests.Writing;

/// <summary>Here the writer stores by Marten's own calls alone.</summary>
public sealed class PlainlyWrittenDatabase : MigratedDatabase;

// One suite holds for both ways to store a round: what the others ask of the statement for many, these ask of Marten's own calls.
public sealed class PlainAllAtOnceTests(PlainlyWrittenDatabase database) : AllAtOnceTests(database), IClassFixture<PlainlyWrittenDatabase>;

public sealed class PlainIdentityTests(PlainlyWrittenDatabase database) : IdentityTests(database), IClassFixture<PlainlyWrittenDatabase>;

public sealed class PlainRememberedLeadsTests(PlainlyWrittenDatabase database) : RememberedLeadsTests(database), IClassFixture<PlainlyWrittenDatabase>
{
    /// <summary>Marten's projection loads the document that it is to change.</summary>
    protected override int CommandsOfAnEngagement => 2;
}

public sealed class PlainRepeatTests(PlainlyWrittenDatabase database) : RepeatTests(database), IClassFixture<PlainlyWrittenDatabase>;

public sealed class PlainSharedCommitTests(PlainlyWrittenDatabase database) : SharedCommitTests(database), IClassFixture<PlainlyWrittenDatabase>;
