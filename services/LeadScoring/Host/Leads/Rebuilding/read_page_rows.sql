select
  l.tenant_id, l.id, l.version, l.stage, l.grade, l.score, l.score_as_of, l.refresh_due_at, l.model_id, l.owner, l.sources,
  l.campaigns, l.last_engaged_at, l.updated_at, l.timer_due_at, l.held_for, l.state
from unnest($1, $2) as p (tenant_id, id)
join lead l on l.tenant_id = p.tenant_id and l.id = p.id
