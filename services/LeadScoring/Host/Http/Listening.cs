namespace LeadScoring.Host.Http;

/// <summary>Where the service listens.</summary>
public static class Listening
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>
    /// Takes <c>urls</c> (<c>--urls</c>, <c>ASPNETCORE_URLS</c>), <c>ASPNETCORE_HTTP_PORTS</c> or <c>Kestrel:Endpoints</c>; without any of them
    /// only this machine is served.
    /// </summary>
    /// <exception cref="StartupRefusal">What should be an address is none.</exception>
    public static void Set(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var urls = configuration["urls"];
        if (string.IsNullOrWhiteSpace(urls))
        {
            var elsewhere = !string.IsNullOrEmpty(configuration["http_ports"])
                || !string.IsNullOrEmpty(configuration["https_ports"])
                || configuration.GetSection("Kestrel:Endpoints").Exists();
            if (!elsewhere) builder.WebHost.UseUrls(DefaultUrl);
            return;
        }

        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IsAddress(url)) throw new StartupRefusal($"'{url}' is no address to listen on: give one like {DefaultUrl} (--urls or ASPNETCORE_URLS).");
        }

        builder.WebHost.UseUrls(urls);
    }

    private static bool IsAddress(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http" or "https", Port: >= 0 and <= 65535, PathBase: "" };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
