select
  v.request_hash, v.source, v.type, v.campaign, v.occurred_from, v.occurred_to, v.of_retraction, v.reason, v.actor, v.state,
  v.is_wanted, v.log_position, v.log_end, v.engagements, v.unknown_ids, v.failure, v.created_at, v.finished_at
from engagement_verdict v
where v.tenant_id = $1 and v.kind = $2 and v.id = $3
