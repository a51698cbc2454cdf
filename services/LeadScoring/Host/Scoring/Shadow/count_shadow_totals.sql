select
  (select count(*) from shadow_lead l where l.tenant_id = $1 and l.version = $2),
  count(*) filter (where c.would_qualify_at >= $3),
  count(*) filter (where c.qualified_at >= $3),
  count(*) filter (where c.would_qualify_at >= $3 and c.qualified_at is not null),
  count(*) filter (where c.qualified_at >= $3 and c.would_qualify_at is null)
from shadow_cycle c
where c.tenant_id = $1 and c.version = $2
