-- Only rows as they were found: whoever wrote one meanwhile has scored it. None is waited for while others are held: a row
-- that somebody is writing is in good hands, and the end of the walk looks for those that are not.
with free as (
  select l.tenant_id, l.id
  from unnest($1, $2, $3, $8) as r (tenant_id, id, version, model_id)
  join lead l on l.tenant_id = r.tenant_id and l.id = r.id and l.version = r.version and l.model_id <> r.model_id
  for no key update of l skip locked
)
update lead l
set
  score = r.score,
  score_as_of = r.score_as_of,
  refresh_due_at = r.refresh_due_at,
  grade = r.grade,
  model_id = r.model_id,
  state = r.state
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as r (
  tenant_id, id, version, score, score_as_of, refresh_due_at, grade, model_id, state)
join free f on f.tenant_id = r.tenant_id and f.id = r.id
where l.tenant_id = r.tenant_id and l.id = r.id
