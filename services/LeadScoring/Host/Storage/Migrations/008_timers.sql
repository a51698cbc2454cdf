-- The earliest thing a lead waits for by time: a reminder of its handoff, or a step of its cadence. It is derived from the
-- lead's events like everything in the row, so whatever answers a lead takes its timer away.
alter table lead add column timer_due_at timestamptz null;

create index lead_timer_due on lead (timer_due_at) where timer_due_at is not null;

-- Handoffs that wait already: the timers look at each and work out its time.
update lead set timer_due_at = updated_at where stage = 'marketing_qualified';
