copy lead_rebuild (
  tenant_id, id, version, stage, grade, score, score_as_of, refresh_due_at, model_id, owner, sources, campaigns,
  last_engaged_at, updated_at, timer_due_at, held_for, state)
from stdin (format binary)
