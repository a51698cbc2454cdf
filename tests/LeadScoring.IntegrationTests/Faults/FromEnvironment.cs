using System.Globalization;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>How large a run is, where somebody asks for another than a test run has time for.</summary>
internal static class FromEnvironment
{
    /// <returns>Null: the variable holds no whole number.</returns>
    public static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
