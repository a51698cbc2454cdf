select l.data
from mt_doc_lead l
where l.tenant_id = $1 and l.held_for = $2
  and ($3::text[] is null or l.grade = any($3))
  and ($4::double precision is null or (l.score, l.id) < ($4, $5))
order by l.score desc, l.id desc
limit $6
