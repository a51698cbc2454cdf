namespace LeadScoring.Host;

/// <summary>
/// The program cannot start as things are; the message is one sentence for the operator that says what to do. It never holds a
/// secret. The program prints it as one line on standard error and ends with <see cref="ExitCode"/>.
/// </summary>
public sealed class StartupRefusal : Exception
{
    public const int ExitCode = 2;

    public StartupRefusal(string message)
        : base(OneLine(message))
    {
    }

    public StartupRefusal(string message, Exception innerException)
        : base(OneLine(message), innerException)
    {
    }

    private static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
