-- A row is written unless the append it belongs to lost; the append left the positions of those in a setting of the
-- transaction. A row without a position belongs to none. The list is read once, and NOT IN looks it up by hash.
-- The arrays of a row come as array literals, because unnest takes arrays of arrays apart.
insert into lead (
  tenant_id, id, version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources, campaigns,
  last_engaged_at, updated_at, timer_due_at, held_for, state)
select
  r.tenant_id, r.id, r.version, r.stage, r.grade, r.score, r.score_as_of, r.refresh_due_at, r.model_id, r.owner,
  r.sources::text[], r.campaigns::text[], r.last_engaged_at, r.updated_at, r.timer_due_at, r.held_for,
  r.state
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) as r (
  tenant_id, id, version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources, campaigns,
  last_engaged_at, updated_at, timer_due_at, held_for, state, position)
where r.position is null
  or r.position not in (
    select unnest(coalesce(nullif(current_setting('leadscoring.lost_appends', true), ''), '{}')::bigint[]))
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
  timer_due_at = excluded.timer_due_at,
  held_for = excluded.held_for,
  state = excluded.state
