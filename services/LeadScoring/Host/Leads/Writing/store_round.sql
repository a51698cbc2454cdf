-- Judges a round's drafts, stores the events and documents of the winners, and tells the losers: their place and whether the stream is
-- archived. Everything is judged before a number is drawn, since a number without an event holds up whoever reads the log.
-- A claim, a new stream and a moved stream each wait for a rival's uncommitted one; what RETURNING does not give back was lost to it.
-- A scalar subquery is looked up by key, and NOT IN by hash, whatever the planner believes of a table. Tenants come once each ($1) and by
-- number ($32): a subscript steps over every text before it, and over no number.
with draft as materialized (
  select ($1)[d.tenant] as tenant_id, d.lead_id, d.expected, d.events, d.at, d.place
  from unnest($32, $2, $3, $4, $11) with ordinality as d (tenant, lead_id, expected, events, at, place)
),
duplicate as materialized (
  select e.place
  from unnest($5, $6) as e (place, id)
  where (select true from mt_events s where s.id = e.id)
),
claim as materialized (
  select c.place, ($1)[($32)[c.place]] as tenant_id, c.id, ($2)[c.place] as lead_id, c.data
  from unnest($7, $8, $9) as c (place, id, data)
  where c.place not in (select d.place from duplicate d)
),
claimed as (
  insert into mt_doc_lead_identity (tenant_id, id, lead_id, data)
  select c.tenant_id, c.id, c.lead_id, c.data
  from claim c
  order by c.tenant_id, c.id
  on conflict do nothing
  returning tenant_id, id
),
barred as materialized (
  select d.place from duplicate d
  union all
  select c.place
  from claim c
  where (c.tenant_id, c.id) not in (select k.tenant_id, k.id from claimed k)
    and c.lead_id is distinct from (select k.lead_id from mt_doc_lead_identity k where k.tenant_id = c.tenant_id and k.id = c.id)
),
created as (
  insert into mt_streams (tenant_id, id, type, version, timestamp, created, is_archived)
  select d.tenant_id, d.lead_id, $10, d.events, d.at, d.at, false
  from draft d
  where d.expected = 0 and d.place not in (select b.place from barred b)
  order by d.tenant_id, d.lead_id
  on conflict do nothing
  returning tenant_id, id
),
moved as (
  update mt_streams s
  set version = d.expected + d.events, timestamp = d.at
  from (
    select d.tenant_id, d.lead_id, d.expected, d.events, d.at, d.place
    from draft d
    where d.expected > 0 and d.place not in (select b.place from barred b)
    order by d.tenant_id, d.lead_id
  ) d
  where s.tenant_id = d.tenant_id and s.id = d.lead_id and s.version = d.expected and s.is_archived is not true
  returning d.place
),
winner as materialized (
  select d.place from draft d where d.expected = 0 and not ((d.tenant_id, d.lead_id) not in (select c.tenant_id, c.id from created c))
  union all
  select m.place from moved m
),
stored as (
  insert into mt_events (
    seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived)
  select
    nextval('mt_events_sequence'), e.id, ($2)[e.place], e.version, e.data, ($18)[e.type], ($11)[e.place], ($1)[($32)[e.place]], ($19)[e.type],
    e.correlation_id, e.causation_id, e.headers, false
  from unnest($5, $6, $12, $13, $14, $15, $16, $17)
    as e (place, id, version, data, type, correlation_id, causation_id, headers)
  where e.place in (select w.place from winner w)
),
written as (
  insert into mt_doc_lead (
    tenant_id, id, mt_version, data, stage, grade, score, model_id, owner, held_for, last_engaged_at, updated_at, refresh_due_at, timer_due_at)
  select
    ($1)[($32)[l.place]], ($2)[l.place], l.version, l.data, l.stage, l.grade, l.score, l.model_id, l.owner, l.held_for, l.last_engaged_at,
    l.updated_at, l.refresh_due_at, l.timer_due_at
  from unnest($20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31) with ordinality as l (
    version, data, stage, grade, score, model_id, owner, held_for, last_engaged_at, updated_at, refresh_due_at, timer_due_at, place)
  where l.place in (select w.place from winner w)
  order by ($1)[($32)[l.place]], ($2)[l.place]
  on conflict (tenant_id, id) do update set
    mt_version = excluded.mt_version, data = excluded.data, stage = excluded.stage, grade = excluded.grade, score = excluded.score,
    model_id = excluded.model_id, owner = excluded.owner, held_for = excluded.held_for, last_engaged_at = excluded.last_engaged_at,
    updated_at = excluded.updated_at, refresh_due_at = excluded.refresh_due_at, timer_due_at = excluded.timer_due_at
)
select d.place, coalesce((select s.is_archived from mt_streams s where s.tenant_id = d.tenant_id and s.id = d.lead_id), false)
from draft d
where d.place not in (select w.place from winner w)
