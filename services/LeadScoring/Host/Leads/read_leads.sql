-- One row per asked lead that exists, by its place in the question. What the asker knows already is not sent again.
select asked.place, case when l.mt_version = asked.known_version then null else l.data end
from unnest($1, $2, $3) with ordinality as asked (tenant_id, id, known_version, place)
join mt_doc_lead l on l.tenant_id = asked.tenant_id and l.id = asked.id
