-- Judges every append, stores the events of the winners and says what became of each.
-- Outcomes are those of AppendOutcome: 0 appended, 1 version conflict, 2 key conflict, 3 archived.
-- Rows are looked up one by one (lateral, scalar subquery): a join might be planned as a hash of the whole table.
-- A stream row whose xmin is this transaction was created by it a statement ago: before, its version was 0.
with append as (
  select a.tenant_id, a.stream_id, a.expected, a.event_count, a.unit, a.at, a.position
  from unnest($1, $2, $3, $4, $5, $6) with ordinality
    as a (tenant_id, stream_id, expected, event_count, unit, at, position)
),
key_loser as (
  select distinct c.position
  from unnest($7, $8, $9) as c (position, kind, value)
  join append a on a.position = c.position
  where a.stream_id is distinct from (
    select k.stream_id from stream_key k where k.tenant_id = a.tenant_id and k.kind = c.kind and k.value = c.value
  )
),
found as (
  select
    a.position,
    a.unit,
    a.expected,
    s.is_archived,
    case when s.xmin = pg_current_xact_id_if_assigned()::xid then 0 else coalesce(s.version, 0) end as version
  from append a
  left join lateral (
    select s.xmin, s.version, s.is_archived
    from mt_streams s
    where s.tenant_id = a.tenant_id and s.id = a.stream_id
    limit 1
  ) s on true
),
judged as (
  select
    f.position,
    f.version,
    case
      when f.is_archived then 3
      when f.version <> f.expected then 1
      when k.position is not null then 2
      else 0
    end as own_outcome,
    f.unit
  from found f
  left join key_loser k on k.position = f.position
),
decided as (
  select
    j.position,
    j.version,
    case when j.own_outcome = 0 then max(j.own_outcome) over (partition by j.unit) else j.own_outcome end as outcome
  from judged j
),
winner as (
  select a.tenant_id, a.stream_id, a.expected, a.event_count, a.unit, a.at, a.position
  from append a
  join decided d on d.position = a.position
  where d.outcome = 0
),
moved as (
  update mt_streams s
  set version = w.expected + w.event_count, timestamp = w.at
  from winner w
  where s.tenant_id = w.tenant_id and s.id = w.stream_id and s.version is distinct from w.expected + w.event_count
),
stored as (
  insert into mt_events (
    seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id,
    headers, is_archived)
  select
    nextval('mt_events_sequence'), o.id, o.stream_id, o.version, o.data, o.type, o.at, o.tenant_id, o.dotnet_type,
    o.correlation_id, o.causation_id, o.headers, false
  from (
    select
      e.id, w.stream_id, e.version, e.data, e.type, w.at, w.tenant_id, e.dotnet_type, e.correlation_id, e.causation_id,
      e.headers
    from unnest($10, $11, $12, $13, $14, $15, $16, $17, $18) with ordinality
      as e (append, id, version, data, type, dotnet_type, correlation_id, causation_id, headers, position)
    join winner w on w.position = e.append
    order by e.position
  ) o
)
select d.outcome, case when d.outcome = 0 then a.expected + a.event_count else d.version end as version
from decided d
join append a on a.position = d.position
order by d.position
