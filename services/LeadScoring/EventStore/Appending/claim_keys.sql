-- Waits for a rival's uncommitted claim of the same key; whether the claim was won is read by the append itself.
insert into stream_key (tenant_id, kind, value, stream_id)
select c.tenant_id, c.kind, c.value, c.stream_id
from unnest($1, $2, $3, $4) with ordinality as c (tenant_id, kind, value, stream_id, position)
order by c.tenant_id, c.kind, c.value, c.position
on conflict do nothing
