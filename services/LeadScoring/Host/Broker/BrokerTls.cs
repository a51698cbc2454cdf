using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace LeadScoring.Host.Broker;

/// <summary>How the connection is secured.</summary>
/// <param name="ServerName">The name the broker's certificate must have; null: the host's.</param>
/// <param name="CaFile">PEM file of the authorities to trust instead of the system's; null: the system's.</param>
/// <param name="ClientCertificateFile">PEM file of the certificate to show, its key in the same file or the next; null: none.</param>
/// <param name="ClientKeyFile">PEM file of that certificate's key; null: it is in the certificate's file.</param>
public sealed record BrokerTls(string? ServerName, string? CaFile, string? ClientCertificateFile, string? ClientKeyFile)
{
    /// <summary>Reads the files, so that renewed ones are used from the next connection on.</summary>
    /// <exception cref="BrokerFault">A file cannot be read or holds no certificate.</exception>
    public SslOption For(string host)
    {
        var option = new SslOption(ServerName ?? host) { Enabled = true };
        if (ClientCertificateFile is not null) option.Certs = [ReadClientCertificate()];
        if (CaFile is null) return option;

        var authorities = ReadAuthorities();
        option.CertificateValidationCallback = (_, certificate, chain, errors) =>
            (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
            && certificate is not null
            && IsIssuedBy(authorities, X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()), chain);
        return option;
    }

    private static bool IsIssuedBy(X509Certificate2Collection authorities, X509Certificate2 certificate, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        if (presented is not null) chain.ChainPolicy.ExtraStore.AddRange(presented.ChainElements.Select(e => e.Certificate).ToArray());

        // A private authority rarely offers revocation lists; without one the connection could never be made.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private X509Certificate2Collection ReadAuthorities() => Read("Broker:Tls:CaFile", CaFile!, path =>
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    });

    private X509Certificate2 ReadClientCertificate() => Read(
        "Broker:Tls:ClientCertificateFile", ClientCertificateFile!, path => X509Certificate2.CreateFromPemFile(path, ClientKeyFile));

    private static T Read<T>(string setting, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new BrokerFault($"{setting}: '{path}' cannot be used ({e.Message}).", isRefusal: true, e);
        }
    }
}
