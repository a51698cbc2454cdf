insert into stream_key (tenant_id, kind, value, stream_id)
select v.tenant_id, v.kind, v.value, v.stream_id
from unnest($1, $2, $3, $4) with ordinality as v (tenant_id, kind, value, stream_id, position)
order by v.tenant_id, v.kind, v.value, v.position
on conflict do nothing
