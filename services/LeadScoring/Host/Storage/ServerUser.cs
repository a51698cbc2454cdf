using System.Runtime.Versioning;

namespace LeadScoring.Host.Storage;

/// <summary>The account PostgreSQL's programs run as: this process's own, or another one when that is root, whom they refuse.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ServerUser
{
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(10);

    private readonly string? name;
    private readonly string[] drop;

    private ServerUser(string? name, string[] drop)
    {
        this.name = name;
        this.drop = drop;
    }

    /// <exception cref="StartupRefusal">This process is root and there is no such account.</exception>
    public static async Task<ServerUser> FindAsync(string nameWhenRoot)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new ServerUser(name: null, drop: []);
        }

        var group = await Subprocess.RunAsync(["id", "-g", "--", nameWhenRoot], ToolLimit);
        if (group.ExitCode != 0)
        {
            throw new StartupRefusal(
                $"PostgreSQL does not run as root and there is no user '{nameWhenRoot}' to run it as: install PostgreSQL "
                + "(apt-get install postgresql), set Postgres:User to an account, or start the service as an ordinary user.");
        }

        return new ServerUser(nameWhenRoot, ["setpriv", "--reuid", nameWhenRoot, "--regid", group.Output.Trim(), "--init-groups", "--"]);
    }

    /// <summary>
    /// The command as this account runs it. In a session of its own, so that Ctrl-C in the terminal reaches the service alone,
    /// which then stops the server in good order.
    /// </summary>
    public IReadOnlyList<string> Command(params IEnumerable<string> command) => ["setsid", .. drop, .. command];

    /// <summary>Hands a file or folder to this account; nothing to do when it is this process's own.</summary>
    public async Task HandOverAsync(string path)
    {
        if (name is not null)
        {
            await ChownAsync($"{name}:", path);
        }
    }

    /// <summary>Takes back what <see cref="HandOverAsync"/> gave.</summary>
    public async Task TakeBackAsync(string path)
    {
        if (name is not null)
        {
            await ChownAsync("0:0", path);
        }
    }

    /// <exception cref="StartupRefusal">The account cannot reach the folder, because of a folder above it.</exception>
    public async Task CheckReachAsync(string folder)
    {
        if (name is null)
        {
            return;
        }

        var reach = await Subprocess.RunAsync(Command("test", "-w", folder), ToolLimit);
        if (reach.ExitCode != 0)
        {
            throw new StartupRefusal(
                $"The user '{name}', who runs PostgreSQL, cannot write to {folder}{(reach.Output.Length > 0 ? $" ({reach.Complaint})" : string.Empty)}: "
                + "let it pass the folders above, or set Data:Folder (or LEADSCORING_DATA) to another place such as /var/lib/leadscoring.");
        }
    }

    private static async Task ChownAsync(string owner, string path)
    {
        var chown = await Subprocess.RunAsync(["chown", "--", owner, path], ToolLimit);
        if (chown.ExitCode != 0)
        {
            throw new StartupRefusal($"The owner of {path} cannot be set ({chown.Complaint}): set Data:Folder (or LEADSCORING_DATA) to a local folder.");
        }
    }
}
