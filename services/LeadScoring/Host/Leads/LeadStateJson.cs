using System.Text.Json;
using System.Text.Json.Serialization;
using LeadScoring.Domain.Leads;

namespace LeadScoring.Host.Leads;

/// <summary>How the <c>state</c> column of a lead's row is written and read.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Lead))]
public sealed partial class LeadStateJson : JsonSerializerContext
{
    public static byte[] Write(Lead lead) => JsonSerializer.SerializeToUtf8Bytes(lead, Default.Lead);

    public static Lead Read(ReadOnlySpan<byte> state) => JsonSerializer.Deserialize(state, Default.Lead)!;
}
