using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LeadScoring.Host.Operations;

/// <summary>
/// Sends traces and metrics to a collector. ASP.NET Core, Npgsql and the runtime describe themselves; what they say holds
/// routes and statements, never values.
/// </summary>
public sealed class TelemetryExport(OtlpOptions options) : IHostedService, IDisposable
{
    /// <summary>What is left at the end is sent in this time or dropped: a collector that is away must not hold up the shutdown.</summary>
    private const int LastSendMsMax = 5_000;

    /// <summary>ASP.NET Core names method, route and status on its activities only when told to, before the server is made.</summary>
    public static void Enable() => AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", isEnabled: false);

    private TracerProvider? traces;
    private MeterProvider? metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource(Telemetry.Name, "Microsoft.AspNetCore", "Npgsql")
            .AddOtlpExporter(exporter => options.Apply(exporter, "traces"))
            .Build();
        metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe)
            .AddMeter(
                Telemetry.Name,
                "Microsoft.AspNetCore.Hosting",
                "Microsoft.AspNetCore.Server.Kestrel",
                "Microsoft.AspNetCore.RateLimiting",
                "Npgsql",
                "System.Runtime")
            .AddOtlpExporter(exporter => options.Apply(exporter, "metrics"))
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        traces?.Shutdown(LastSendMsMax);
        metrics?.Shutdown(LastSendMsMax);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    /// <summary>OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, so that an operator's word wins.</summary>
    private static void Describe(ResourceBuilder resource) => resource
        .Clear()
        .AddService("leadscoring", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
