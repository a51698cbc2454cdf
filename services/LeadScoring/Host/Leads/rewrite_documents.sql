-- Documents scored anew at the version they were found at: whoever wrote one meanwhile has scored it. None is waited for while others are
-- held: one that somebody is writing is in good hands.
with free as (
  select l.tenant_id, l.id
  from unnest($1, $2, $3) as r (tenant_id, id, version)
  join mt_doc_lead l on l.tenant_id = r.tenant_id and l.id = r.id and l.mt_version = r.version
  for no key update of l skip locked
)
update mt_doc_lead l
set
  data = r.data, stage = r.stage, grade = r.grade, score = r.score, model_id = r.model_id, owner = r.owner, held_for = r.held_for,
  last_engaged_at = r.last_engaged_at, updated_at = r.updated_at, refresh_due_at = r.refresh_due_at, timer_due_at = r.timer_due_at
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as r (
  tenant_id, id, version, data, stage, grade, score, model_id, owner, held_for, last_engaged_at, updated_at, refresh_due_at, timer_due_at)
join free f on f.tenant_id = r.tenant_id and f.id = r.id
where l.tenant_id = r.tenant_id and l.id = r.id
