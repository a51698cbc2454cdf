insert into mt_streams (tenant_id, id, type, version, is_archived)
select $1, s.id, 'lead', 0, false
from unnest($2) as s (id)
