insert into shadow_cycle as known (tenant_id, version, lead_id, cycle, would_qualify_at, score, grade, qualified_at)
select p.tenant_id, p.version, p.lead_id, p.cycle, p.would_qualify_at, p.score, p.grade, p.qualified_at
from unnest($1::text[], $2::integer[], $3::uuid[], $4::integer[], $5::timestamptz[], $6::double precision[], $7::smallint[], $8::timestamptz[])
  as p (tenant_id, version, lead_id, cycle, would_qualify_at, score, grade, qualified_at)
on conflict (tenant_id, version, lead_id, cycle) do update
set would_qualify_at = excluded.would_qualify_at, score = excluded.score, grade = excluded.grade, qualified_at = excluded.qualified_at
