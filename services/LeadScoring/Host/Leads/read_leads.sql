-- One row per asked lead that exists, by its place in the question. What the asker knows already is not sent again.
select
  asked.place,
  case when l.version = asked.known_version then null else l.updated_at end,
  case when l.version = asked.known_version then null else l.state end
from unnest($1, $2, $3) with ordinality as asked (tenant_id, id, known_version, place)
join lead l on l.tenant_id = asked.tenant_id and l.id = asked.id
