-- Judges appends of which each stands alone, stores the events of the winners and tells the losers: their positions
-- (also left in leadscoring.lost_appends for the statements that follow), outcomes and versions.
-- Outcomes are those of AppendOutcome: 1 version conflict, 2 key conflict, 3 archived, 4 duplicate event. A version
-- conflict at the expected version: a rival committed while the update waited; this statement cannot see what.
-- The update is the judge of versions: it takes a stream's row only at the expected version, and when it had to wait for
-- a rival it looks again. It visits the rows in the order every writer locks them, so that writers queue and do not
-- deadlock. A stream row whose xmin is this transaction was created by it a statement ago, at its final version.
-- NOT IN and scalar subqueries are meant: they are looked up by hash and by key, whatever the planner believes of a table.
with append as materialized (
  select a.tenant_id, a.stream_id, a.expected, a.event_count, a.at, a.position
  from unnest($1, $2, $3, $4, $5) with ordinality as a (tenant_id, stream_id, expected, event_count, at, position)
),
barred as materialized (
  select e.append, 4 as outcome
  from unnest($10, $12) as e (append, id)
  where (select true from mt_events i where i.id = e.id)
),
moved as (
  update mt_streams s
  set version = a.expected + a.event_count, timestamp = a.at
  from (
    select f.tenant_id, f.stream_id, f.expected, f.event_count, f.at, f.position
    from append f
    where f.expected > 0 and f.position not in (select b.append from barred b)
    order by f.tenant_id, f.stream_id
  ) a
  where s.tenant_id = a.tenant_id and s.id = a.stream_id and s.version = a.expected and s.is_archived is not true
  returning a.position
),
unmoved as materialized (
  select
    a.tenant_id, a.stream_id, a.expected, a.position, s.is_archived, s.is_created,
    case when s.is_created then 0 else coalesce(s.version, 0) end as version,
    a.position in (select b.append from barred b) as is_barred
  from append a
  left join lateral (
    select s.version, s.is_archived, s.xmin = pg_current_xact_id_if_assigned()::xid as is_created
    from mt_streams s
    where s.tenant_id = a.tenant_id and s.id = a.stream_id
    limit 1
  ) s on true
  where a.position not in (select m.position from moved m)
),
loser as materialized (
  select
    u.position,
    case
      when u.is_archived then 3
      when u.version <> u.expected or not u.is_barred then 1
      else (select min(b.outcome) from barred b where b.append = u.position)
    end as outcome,
    u.version
  from unmoved u
  where u.is_barred or u.is_created is not true
),
stored as (
  insert into mt_events (
    seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id,
    headers, is_archived)
  select
    nextval('mt_events_sequence'), e.id, ($2)[e.append], e.version, e.data, ($19)[e.type], ($5)[e.append], e.tenant_id,
    ($20)[e.type], e.correlation_id, e.causation_id, e.headers, false
  from unnest($10, $11, $12, $13, $14, $15, $16, $17, $18)
    as e (append, tenant_id, id, version, data, type, correlation_id, causation_id, headers)
  where e.append not in (select l.position from loser l)
)
select
  set_config('leadscoring.lost_appends', coalesce(array_agg(l.position)::text, '{}'), true),
  array_agg(l.position),
  array_agg(l.outcome),
  array_agg(l.version)
from loser l
