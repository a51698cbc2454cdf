-- Takes back the keys and streams this transaction made for appends that then lost. A row is this transaction's own
-- when its xmin says so; the 32 bits of xmin repeat after four billion transactions, hence also: no stream with events.
with loser as (
  select a.tenant_id, a.stream_id
  from unnest($1, $2, $3) as a (tenant_id, stream_id, position)
  where a.position = any (current_setting('leadscoring.lost_appends')::bigint[])
)
delete from mt_streams s
using loser l
where s.tenant_id = l.tenant_id and s.id = l.stream_id and s.xmin = pg_current_xact_id()::xid
  and not exists (select from mt_events e where e.tenant_id = s.tenant_id and e.stream_id = s.id)
