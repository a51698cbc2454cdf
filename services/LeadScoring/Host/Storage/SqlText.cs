namespace LeadScoring.Host.Storage;

/// <summary>Statements kept in <c>.sql</c> files that are embedded beside the type that runs them.</summary>
public static class SqlText
{
    /// <summary>The text of an embedded file that lies in the folder (namespace) of <paramref name="neighbour"/>.</summary>
    /// <param name="file">The file's name with its extension, e.g. <c>store_round.sql</c>.</param>
    /// <exception cref="InvalidOperationException">The assembly holds no such file.</exception>
    public static string Load(Type neighbour, string file)
    {
        ArgumentNullException.ThrowIfNull(neighbour);
        using var stream = neighbour.Assembly.GetManifestResourceStream(neighbour, file)
            ?? throw new InvalidOperationException(
                $"{neighbour.Assembly.GetName().Name} embeds no {file} in the folder of {neighbour.FullName}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
