select k.tenant_id, k.id, k.lead_id
from unnest($1, $2) as stated (tenant_id, id)
join mt_doc_lead_identity k on k.tenant_id = stated.tenant_id and k.id = stated.id
