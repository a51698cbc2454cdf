-- Whoever takes leads for a release of a version does so alone.
select r.id
from held_release r
where r.tenant_id = $1 and r.model_version = $2 and (r.ended_at is null or r.id = $3)
order by r.id
for update
