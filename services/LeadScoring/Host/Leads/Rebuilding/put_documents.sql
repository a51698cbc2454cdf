-- While the page's streams are locked nobody else writes their documents.
insert into mt_doc_lead (
  tenant_id, id, mt_version, data, stage, grade, score, model_id, owner, held_for, last_engaged_at, updated_at, refresh_due_at, timer_due_at)
select
  l.tenant_id, l.id, l.version, l.data, l.stage, l.grade, l.score, l.model_id, l.owner, l.held_for, l.last_engaged_at, l.updated_at,
  l.refresh_due_at, l.timer_due_at
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as l (
  tenant_id, id, version, data, stage, grade, score, model_id, owner, held_for, last_engaged_at, updated_at, refresh_due_at, timer_due_at)
order by l.tenant_id, l.id
on conflict (tenant_id, id) do update set
  mt_version = excluded.mt_version, data = excluded.data, stage = excluded.stage, grade = excluded.grade, score = excluded.score,
  model_id = excluded.model_id, owner = excluded.owner, held_for = excluded.held_for, last_engaged_at = excluded.last_engaged_at,
  updated_at = excluded.updated_at, refresh_due_at = excluded.refresh_due_at, timer_due_at = excluded.timer_due_at
