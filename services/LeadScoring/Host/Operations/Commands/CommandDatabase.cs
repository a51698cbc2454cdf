using LeadScoring.Host.Storage;

namespace LeadScoring.Host.Operations.Commands;

/// <summary>The database as a command finds it.</summary>
internal static class CommandDatabase
{
    /// <summary>
    /// Opens it and makes sure of its tables. In Development and with <c>Migrations:ApplyAtStart=true</c> they are made here; otherwise
    /// an operator runs <c>migrate</c> when it suits.
    /// </summary>
    /// <exception cref="StartupRefusal">There is no usable database.</exception>
    public static async Task<Database> OpenMigratedAsync(
        WebApplicationBuilder builder, CancellationToken ct, Func<DatabaseOptions, DatabaseOptions>? adjust = null)
    {
        var options = DatabaseOptions.From(builder.Configuration);
        var mayApply = builder.Environment.IsDevelopment() || Flag(builder.Configuration, "Migrations:ApplyAtStart");
        return await OpenAsync(builder, adjust?.Invoke(options) ?? options, mayApply, ct);
    }

    /// <summary>Opens it and applies what is missing.</summary>
    /// <exception cref="StartupRefusal">There is no usable database, or it cannot be migrated.</exception>
    public static Task<Database> OpenAndMigrateAsync(WebApplicationBuilder builder, CancellationToken ct) =>
        OpenAsync(builder, DatabaseOptions.From(builder.Configuration) with { StatementTimeout = TimeSpan.Zero }, mayApply: true, ct);

    private static async Task<Database> OpenAsync(WebApplicationBuilder builder, DatabaseOptions options, bool mayApply, CancellationToken ct)
    {
        // The web host has its own; it starts only after the database answered.
        var loggers = LoggerFactory.Create(logging => Logs.Configure(logging, builder.Configuration));
        var database = await Database.OpenAsync(options, loggers, ct);
        try
        {
            var logger = loggers.CreateLogger(typeof(Schema));
            foreach (var migration in await Schema.EnsureAsync(database.Source, mayApply, ct))
            {
                logger.LogInformation("Applied migration {Number} ({Name}).", migration.Number, migration.Name);
            }

            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static bool Flag(IConfiguration configuration, string key) => configuration[key] switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var value) => value,
        var text => throw new StartupRefusal($"{key} is '{text}': give true or false, or leave it out."),
    };
}
