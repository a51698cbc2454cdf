select l.tenant_id, l.version, l.lead_id, l.state, l.cycle, c.would_qualify_at, c.score, c.grade, c.qualified_at
from unnest($1::text[], $2::integer[], $3::uuid[]) as wanted (tenant_id, version, lead_id)
join shadow_lead l on l.tenant_id = wanted.tenant_id and l.version = wanted.version and l.lead_id = wanted.lead_id
left join shadow_cycle c on c.tenant_id = l.tenant_id and c.version = l.version and c.lead_id = l.lead_id and c.cycle = l.cycle
