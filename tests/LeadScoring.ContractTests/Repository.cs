namespace LeadScoring.ContractTests;

/// <summary>The checkout these tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Files written by hand, as paths from the root with forward slashes.</summary>
    /// <param name="folders">Below the root.</param>
    public static IReadOnlyList<string> Sources(IReadOnlyList<string> extensions, params string[] folders) =>
    [
        .. folders.Select(f => PathOf(f)).Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories))
            .Where(f => extensions.Contains(Path.GetExtension(f)))
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LeadScoring.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No checkout above {AppContext.BaseDirectory}.");
    }
}
