-- One whose breach was raised has no timer either: it is looked at once more and left alone.
update lead l
set timer_due_at = l.updated_at
where l.stage = 'marketing_qualified' and l.timer_due_at is null and l.updated_at >= $1
