select count(*)
from (select from mt_doc_lead l where l.tenant_id = $1 and l.model_id <> $2 limit $3) s
