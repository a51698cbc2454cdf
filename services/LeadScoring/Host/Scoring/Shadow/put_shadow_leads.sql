insert into shadow_lead as known (tenant_id, version, lead_id, lead_version, cycle, state)
select p.tenant_id, p.version, p.lead_id, p.lead_version, p.cycle, p.state
from unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[], $5::integer[], $6::bytea[])
  as p (tenant_id, version, lead_id, lead_version, cycle, state)
on conflict (tenant_id, version, lead_id) do update
set lead_version = excluded.lead_version, cycle = excluded.cycle, state = excluded.state
where known.lead_version < excluded.lead_version
