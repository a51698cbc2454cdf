using LeadScoring.Host;
using LeadScoring.Host.Operations.Commands;
using LeadScoring.IntegrationTests.Jobs;
using Npgsql;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>The database goes away while a command works.</summary>
[Collection(FaultCollection.Name)]
public sealed class CommandsUnderFireTests(FaultCluster cluster)
{
    [Theory]
    [InlineData("The database went away (", "verify")]
    [InlineData("The database went away (", "rebuild")]
    [InlineData("It was interrupted. A running service begins it again; it is the backtest ", "backtest", "--tenant", FaultCluster.Tenant, "--version", "1")]
    [InlineData("It was interrupted. A running service begins it again; it is the suggestion ", "suggest", "--tenant", FaultCluster.Tenant)]
    public async Task A_command_says_in_a_sentence_that_it_could_not_go_on(string sentence, params string[] arguments)
    {
        var database = await cluster.CopyAsync();
        using var words = new StringWriter();
        Task<int> command;
        await using (var holder = new NpgsqlConnection(database + ";Pooling=false"))
        {
            await holder.OpenAsync();
            await using var transaction = await holder.BeginTransactionAsync();
            Task<int> Run() => CommandLine.RunAsync([.. arguments, "--set", $"ConnectionStrings:LeadScoring={database}"], words, words);

            // Every command counts streams before it begins to read: here it comes to a stop, with its job made if it has one.
            if (arguments.Contains(FaultCluster.Tenant))
            {
                await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
                using var documents = MartenSetup.StoreOf(source);
                command = await documents.MakeAndHoldAsync(FaultCluster.Tenant, holder, () => Task.FromResult(Run()));
            }
            else
            {
                await using var hold = holder.CreateCommand();
                hold.CommandText = "lock table mt_streams in access exclusive mode";
                await hold.ExecuteNonQueryAsync();
                command = Run();
            }

            await UntilWaitingAsync(database, holder.ProcessID, command);
            await cluster.CrashAsync();
        }

        try
        {
            (await command.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe(3);
        }
        finally
        {
            await cluster.StartAgainAsync();
        }

        var lines = words.ToString().TrimEnd().Split('\n');
        lines[^1].ShouldStartWith(sentence);
        lines.ShouldAllBe(line => !line.Contains("   at "));
    }

    private static async Task UntilWaitingAsync(string database, int holder, Task command)
    {
        await using var watch = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var question = watch.CreateCommand("select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))");
        question.Parameters.Add(new() { Value = holder });
        while (await question.ExecuteScalarAsync() is not true) command.IsCompleted.ShouldBeFalse("It waits for the table.");
    }
}
