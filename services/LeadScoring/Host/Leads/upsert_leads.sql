-- A row is written when this transaction stored the append it belongs to: its last event is there, and is its own.
-- A null event id vouches for itself.
-- The arrays of a row come as array literals, because unnest takes arrays of arrays apart.
insert into lead (
  tenant_id, id, version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources, campaigns,
  last_engaged_at, updated_at, state)
select
  r.tenant_id, r.id, r.version, r.stage, r.grade, r.score, r.score_as_of, r.refresh_due_at, r.model_id, r.owner,
  r.sources::text[], r.campaigns::text[], r.last_engaged_at, r.updated_at, r.state
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) as r (
  tenant_id, id, version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources, campaigns,
  last_engaged_at, updated_at, state, last_event_id)
where r.last_event_id is null
  or exists (select from event_id e where e.id = r.last_event_id and e.xmin = pg_current_xact_id()::xid)
order by r.tenant_id, r.id
on conflict (tenant_id, id) do update set
  version = excluded.version,
  stage = excluded.stage,
  grade = excluded.grade,
  score = excluded.score,
  score_as_of = excluded.score_as_of,
  refresh_due_at = excluded.refresh_due_at,
  model_id = excluded.model_id,
  owner = excluded.owner,
  sources = excluded.sources,
  campaigns = excluded.campaigns,
  last_engaged_at = excluded.last_engaged_at,
  updated_at = excluded.updated_at,
  state = excluded.state
