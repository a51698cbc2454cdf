select l.grade, count(*)
from mt_doc_lead l
where l.tenant_id = $1 and l.held_for = $2
group by l.grade
