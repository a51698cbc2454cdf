using LeadScoring.Contracts;
using LeadScoring.Host.Events;
using LeadScoring.Host.Webhooks;

namespace LeadScoring.IntegrationTests.Webhooks;

/// <summary>What waits to be stored leaves in the order it came, also when the database did not take it the first time.</summary>
public sealed class UnsavedDeliveriesTests : IDisposable
{
    private static readonly StreamKey Subscription = new("acme", Guid.NewGuid());

    private readonly UnsavedDeliveries _unsaved = new();

    public void Dispose() => _unsaved.Dispose();

    [Fact]
    public void Rows_leave_in_the_order_they_came_however_often_places_become_free()
    {
        var left = new List<long>();
        for (var position = 1; position <= 5 * UnsavedDeliveries.BatchMax; position++)
        {
            Put(position, DeliveryStatus.Pending);
            if (position % 700 == 0) left.AddRange(TakePositions());
        }

        while (_unsaved.BatchesWaiting > 0) left.AddRange(TakePositions());

        left.ShouldBe(Enumerable.Range(1, 5 * UnsavedDeliveries.BatchMax).Select(p => (long)p));
    }

    [Fact]
    public void What_comes_back_stands_before_what_came_later_in_its_latest_version()
    {
        Put(1, DeliveryStatus.Pending);
        Put(2, DeliveryStatus.Waiting);
        var (deliveries, progress) = _unsaved.Take();
        Put(3, DeliveryStatus.Waiting);
        Put(1, DeliveryStatus.Delivered);

        _unsaved.PutBack(deliveries, progress);

        _unsaved.Take().Deliveries.Select(d => (d.Position, d.Status)).ShouldBe(
            [(1, DeliveryStatus.Delivered), (2, DeliveryStatus.Waiting), (3, DeliveryStatus.Waiting)]);
    }

    private void Put(long position, DeliveryStatus status) => _unsaved.Put(WebhookDelivery.Of(Subscription, new(position, subject: default) { Attempts = 1 }, status));

    private IEnumerable<long> TakePositions() => _unsaved.Take().Deliveries.Select(d => d.Position);
}
