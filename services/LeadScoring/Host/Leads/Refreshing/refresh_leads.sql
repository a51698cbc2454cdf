-- A state is passed only where it had to be folded again; otherwise what the row says of the lead stays as it is.
update lead l
set
  score = r.score,
  score_as_of = r.score_as_of,
  refresh_due_at = r.refresh_due_at,
  grade = r.grade,
  model_id = r.model_id,
  state = coalesce(r.state, l.state)
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as r (
  tenant_id, id, version, score, score_as_of, refresh_due_at, grade, model_id, state)
where l.tenant_id = r.tenant_id and l.id = r.id and l.version = r.version
