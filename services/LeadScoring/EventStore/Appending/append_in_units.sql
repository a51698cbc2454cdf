-- The same as append_alone.sql, with the same parameters and answer, when appends share units ($21) or only guard a
-- version: whether one is stored depends on others, so all are judged before any is moved. Their streams were locked a
-- statement ago. Rows are looked up one by one (lateral): a join might be planned as a hash of the whole table.
with append as materialized (
  select a.tenant_id, a.stream_id, a.expected, a.event_count, a.at, a.unit, a.position
  from unnest($1, $2, $3, $4, $5, $21) with ordinality
    as a (tenant_id, stream_id, expected, event_count, at, unit, position)
),
barred as materialized (
  select e.append, 4 as outcome
  from unnest($10, $12) as e (append, id)
  where (select true from mt_events i where i.id = e.id)
),
found as materialized (
  select
    a.tenant_id, a.stream_id, a.expected, a.event_count, a.at, a.unit, a.position, s.is_archived,
    case when s.xmin = pg_current_xact_id_if_assigned()::xid then 0 else coalesce(s.version, 0) end as version
  from append a
  left join lateral (
    select s.xmin, s.version, s.is_archived
    from mt_streams s
    where s.tenant_id = a.tenant_id and s.id = a.stream_id
    limit 1
  ) s on true
),
-- 0: may be stored. Of a unit, the gravest reason counts: archived, version, key, duplicate.
judged as (
  select
    f.position,
    f.version,
    f.unit,
    case
      when f.is_archived then 4
      when f.version <> f.expected then 3
      else coalesce((select max(case b.outcome when 2 then 2 else 1 end) from barred b where b.append = f.position), 0)
    end as gravity
  from found f
),
loser as materialized (
  select d.position, (array[4, 2, 1, 3])[d.gravity] as outcome, d.version
  from (
    select
      j.position,
      j.version,
      case when j.gravity = 0 then max(j.gravity) over (partition by j.unit) else j.gravity end as gravity
    from judged j
  ) d
  where d.gravity > 0
),
moved as (
  update mt_streams s
  set version = a.expected + a.event_count, timestamp = a.at
  from (
    select f.tenant_id, f.stream_id, f.expected, f.event_count, f.at
    from found f
    where f.expected > 0 and f.event_count > 0 and f.position not in (select l.position from loser l)
  ) a
  where s.tenant_id = a.tenant_id and s.id = a.stream_id
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
