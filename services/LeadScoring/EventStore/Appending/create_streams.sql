-- Waits for a rival's uncommitted creation of the same stream; whether it was won is read by the append itself.
insert into mt_streams (tenant_id, id, type, version, timestamp, created, is_archived)
select a.tenant_id, a.stream_id, a.type, a.version, a.at, a.at, false
from unnest($1, $2, $3, $4, $5) as a (tenant_id, stream_id, type, version, at)
order by a.tenant_id, a.stream_id
on conflict do nothing
