using LeadScoring.Host.Operations.Commands;
using Npgsql;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>The database goes away while a command works.</summary>
[Collection(FaultCollection.Name)]
public sealed class CommandsUnderFireTests(FaultCluster cluster)
{
    [Theory]
    [InlineData("The database went away (", "verify")]
    [InlineData("The database went away (", "rebuild")]
    [InlineData("The database went away (", "backtest", "--tenant", FaultCluster.Tenant, "--version", "1")]
    [InlineData("The database went away (", "suggest", "--tenant", FaultCluster.Tenant)]
    public async Task A_command_says_in_a_sentence_that_it_could_not_go_on(string sentence, params string[] arguments)
    {
        var database = await cluster.CopyAsync();
        using var words = new StringWriter();
        Task<int> command;
        await using (var holder = new NpgsqlConnection(database + ";Pooling=false"))
        {
            await holder.OpenAsync();
            await using var transaction = await holder.BeginTransactionAsync();
            // Every command looks at streams before it begins to read: here it comes to a stop.
            await using var hold = holder.CreateCommand();
            hold.CommandText = "lock table mt_streams in access exclusive mode";
            await hold.ExecuteNonQueryAsync();
            command = CommandLine.RunAsync([.. arguments, "--set", $"ConnectionStrings:LeadScoring={database}"], words, words);
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
