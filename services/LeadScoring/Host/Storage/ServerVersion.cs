namespace LeadScoring.Host.Storage;

/// <summary>Which PostgreSQL the service works with.</summary>
public static class ServerVersion
{
    public const int MajorMin = 15;

    /// <param name="major">The server's major version, e.g. 15.</param>
    /// <param name="where">Names the server in the sentence.</param>
    /// <exception cref="StartupRefusal">The server is too old.</exception>
    public static void Check(int major, string where)
    {
        if (major < MajorMin)
        {
            throw new StartupRefusal($"{where} is PostgreSQL {major}, but LeadScoring needs {MajorMin} or newer: upgrade it or use another server.");
        }
    }
}
