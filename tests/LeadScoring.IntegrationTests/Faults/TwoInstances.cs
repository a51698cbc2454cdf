using System.Net.Http.Headers;
using System.Net.Http.Json;
using LeadScoring.Contracts;
using Xunit.Abstractions;

namespace LeadScoring.IntegrationTests.Faults;

/// <summary>The service as it runs in production: two instances on one database.</summary>
internal sealed class TwoInstances : IAsyncDisposable
{
    /// <summary>Longer than the service takes to say that it does not know.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(30);

    private readonly string _connectionString;
    private readonly ITestOutputHelper _output;

    private TwoInstances(string connectionString, ServiceProcess first, ServiceProcess second, string apiKey, ITestOutputHelper output)
    {
        (_connectionString, First, Second, _output) = (connectionString, first, second, output);
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    public ServiceProcess First { get; }

    public ServiceProcess Second { get; }

    /// <summary>Carries the API key; for absolute addresses.</summary>
    public HttpClient Http { get; } = new() { Timeout = AnswerMax };

    public IReadOnlyList<Uri> Addresses => [First.Address, Second.Address];

    /// <param name="output">Gets the last lines of both, shown when the test fails.</param>
    /// <param name="settings">Environment variables of both instances.</param>
    public static async Task<TwoInstances> StartAsync(
        FaultCluster cluster, ITestOutputHelper output, params (string Name, string Value)[] settings)
    {
        var connectionString = await cluster.CopyAsync();
        var environment = settings.ToDictionary(s => s.Name, s => s.Value);
        var first = await ServiceProcess.StartAsync(connectionString, environment);
        try
        {
            var second = await ServiceProcess.StartAsync(connectionString, environment);
            return new(connectionString, first, second, cluster.ApiKey, output);
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    /// <summary>The lead as one of the instances shows it.</summary>
    public async Task<LeadView> LeadAsync(Guid lead, int instance) =>
        (await Http.GetFromJsonAsync<LeadView>(new Uri(Addresses[instance % Addresses.Count], $"/v1/leads/{lead}")))!;

    /// <summary>What the tables say, for what no endpoint tells.</summary>
    public string ConnectionString => _connectionString;

    public Task<LogCheck> ReadLogAsync() => LogCheck.ReadAsync(_connectionString);

    /// <summary>Runs <c>verify</c>, which must find that rows and keys say what the log says.</summary>
    public async Task VerifyAsync()
    {
        var (exitCode, output, error) = await ServiceProcess.RunAsync(_connectionString, "verify");
        exitCode.ShouldBe(0, output + error);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var (name, instance) in new[] { ("first", First), ("second", Second) })
        {
            await instance.DisposeAsync();
            _output.WriteLine($"--- {name} instance\n{instance.Output}");
        }
    }
}
