using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>The database as a command finds it.</summary>
internal static class CommandDatabase
{
    /// <summary>
    /// Opens it and makes sure of its tables. In Development and with <c>Migrations:ApplyAtStart=true</c> they are made here; otherwise
    /// an operator runs <c>db-apply</c> when it suits.
    /// </summary>
    /// <exception cref="StartupRefusal">There is no usable database.</exception>
    public static async Task<Database> OpenMigratedAsync(
        WebApplicationBuilder builder, CancellationToken ct, Func<DatabaseOptions, DatabaseOptions>? adjust = null)
    {
        var options = DatabaseOptions.From(builder.Configuration);
        var mayApply = builder.Environment.IsDevelopment() || Flag(builder.Configuration, "Migrations:ApplyAtStart");
        var database = await OpenAsync(builder, adjust?.Invoke(options) ?? options, ct);
        try
        {
            await Schema.EnsureAsync(database.Source, mayApply, ct);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens it, whatever is in it, for a command that may take its time.</summary>
    /// <exception cref="StartupRefusal">There is no usable database.</exception>
    public static Task<Database> OpenAsync(WebApplicationBuilder builder, CancellationToken ct) =>
        OpenAsync(builder, DatabaseOptions.From(builder.Configuration) with { StatementTimeout = TimeSpan.Zero }, ct);

    // The web host has its own loggers; it starts only after the database answered.
    private static Task<Database> OpenAsync(WebApplicationBuilder builder, DatabaseOptions options, CancellationToken ct) =>
        Database.OpenAsync(options, LoggerFactory.Create(logging => Logs.Configure(logging, builder.Configuration)), ct);

    private static bool Flag(IConfiguration configuration, string key) => configuration[key] switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var value) => value,
        var text => throw new StartupRefusal($"{key} is '{text}': give true or false, or leave it out."),
    };
}
