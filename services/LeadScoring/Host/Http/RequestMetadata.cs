using System.Diagnostics;
using LeadScoring.Host.Access;
using LeadScoring.Host.Events;

namespace LeadScoring.Host.Http;

public static class RequestMetadata
{
    /// <summary>What the events of this request will say of their origin.</summary>
    /// <param name="actor">Who a command names; null: the API key's id.</param>
    public static EventMetadata EventMetadata(this HttpContext http, string? actor = null)
    {
        var activity = Activity.Current;
        return new EventMetadata(
            CorrelationId: activity?.TraceId.ToHexString(),
            CausationId: null,
            Actor: actor ?? http.Caller().KeyId,
            TraceParent: activity is { IdFormat: ActivityIdFormat.W3C } ? activity.Id : null);
    }
}
