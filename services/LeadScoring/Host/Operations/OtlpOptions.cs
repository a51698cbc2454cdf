using OpenTelemetry.Exporter;

namespace LeadScoring.Host.Operations;

/// <summary>Where traces and metrics go.</summary>
/// <param name="Endpoint">The collector, without a signal's path; null leaves it to the standard OTEL_ variables.</param>
public sealed record OtlpOptions(Uri? Endpoint, OtlpExportProtocol Protocol)
{
    /// <summary>
    /// Reads <c>Otlp:Endpoint</c> and <c>Otlp:Protocol</c> (<c>http/protobuf</c>, the default, or <c>grpc</c>). Null: neither that nor
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, so nothing is sent anywhere.
    /// </summary>
    /// <exception cref="StartupRefusal">A setting is not what it must be.</exception>
    public static OtlpOptions? From(IConfiguration configuration)
    {
        var protocol = configuration["Otlp:Protocol"] switch
        {
            null or "" or "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
            "grpc" => OtlpExportProtocol.Grpc,
            var other => throw new StartupRefusal($"Otlp:Protocol is '{other}': give http/protobuf or grpc, or leave it out."),
        };
        if (configuration["Otlp:Endpoint"] is { Length: > 0 } text)
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
                ? new OtlpOptions(endpoint, protocol)
                : throw new StartupRefusal("Otlp:Endpoint is no http or https address: give one like http://127.0.0.1:4318, or leave it out.");
        }

        return string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) ? null : new OtlpOptions(null, protocol);
    }

    /// <param name="signal"><c>traces</c> or <c>metrics</c>.</param>
    public void Apply(OtlpExporterOptions exporter, string signal)
    {
        if (Endpoint is null) return;
        exporter.Protocol = Protocol;
        exporter.Endpoint = Protocol == OtlpExportProtocol.Grpc ? Endpoint : new Uri($"{Endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
    }
}
