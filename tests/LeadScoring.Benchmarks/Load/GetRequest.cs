using System.Text;

namespace LeadScoring.Benchmarks.Load;

internal static class GetRequest
{
    public static byte[] Compose(string path, string apiKey) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {apiKey}\r\n\r\n");
}
