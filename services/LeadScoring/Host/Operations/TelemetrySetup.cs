using System.Diagnostics;
using System.Reflection;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LeadScoring.Host.Operations;

/// <summary>
/// Traces and metrics by OpenTelemetry, sent by OTLP. Its standard settings (OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME ...)
/// hold, as environment variables or as any other setting. While no endpoint is given nothing listens, so that measuring costs nothing.
/// </summary>
public static class TelemetrySetup
{
    public const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ProtocolSetting = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string MartenName = "Marten"; // Of its source and of its meter: the daemon, the projections.

    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<Telemetry>();
        if (string.IsNullOrEmpty(configuration[EndpointSetting])) return;
        Check(configuration);
        services.AddHostedService<LeadsByStage>();
        services.AddSingleton<NamelessExceptions>();
        services.AddOpenTelemetry()
            .ConfigureResource(Describe)
            .WithTracing(traces => traces
                .AddInstrumentation(s => s.GetRequiredService<NamelessExceptions>())
                .AddAspNetCoreInstrumentation()
                .AddNpgsql()
                .AddSource(MartenName, Telemetry.Name)
                .AddProcessor(new NamelessSpans())
                .AddOtlpExporter())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddNpgsqlInstrumentation()
                .AddMeter(MartenName, Telemetry.Name)
                .AddOtlpExporter());
    }

    /// <summary>The SDK would take its defaults instead, and nobody would know why nothing arrives.</summary>
    private static void Check(IConfiguration configuration)
    {
        if (!Uri.TryCreate(configuration[EndpointSetting], UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            throw new StartupRefusal($"{EndpointSetting} is no http or https address: give one like http://127.0.0.1:4317, or leave it out.");
        }

        if (configuration[ProtocolSetting] is not (null or "" or "grpc" or "http/protobuf"))
        {
            throw new StartupRefusal($"{ProtocolSetting} is '{configuration[ProtocolSetting]}': give grpc (the default) or http/protobuf.");
        }
    }

    /// <summary>OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, so that an operator's word wins.</summary>
    private static void Describe(ResourceBuilder resource) => resource
        .AddService("leadscoring", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString(3))
        .AddEnvironmentVariableDetector();

    /// <summary>Takes out of a span what holds ids, statements, or what a caller put there; the route and the database's name say enough.</summary>
    private sealed class NamelessSpans : BaseProcessor<Activity>
    {
        private static readonly string[] Withheld =
        [
            "url.path", "url.query", "url.full", "user_agent.original", "client.address", "network.peer.address",
            "db.query.text", "db.statement", "db.npgsql.data_source",
        ];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Withheld) data.SetTag(tag, null);
        }
    }

    /// <summary>Exceptions are told by type and place: their messages may quote a value (the database's do), and no processor can reach an event.</summary>
    private sealed class NamelessExceptions : IDisposable
    {
        private readonly ActivityListener _listener = new()
        {
            ShouldListenTo = _ => true,
            ExceptionRecorder = (Activity _, Exception exception, ref TagList tags) =>
            {
                tags.Add("exception.message", (exception as PostgresException)?.SqlState ?? exception.GetType().Name);
                tags.Add("exception.stacktrace", exception.StackTrace ?? "");
            },
        };

        public NamelessExceptions() => ActivitySource.AddActivityListener(_listener);

        public void Dispose() => _listener.Dispose();
    }
}
