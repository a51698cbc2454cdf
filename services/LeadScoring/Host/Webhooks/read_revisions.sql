select s.tenant_id, s.id, s.revision
from subscription s
join registry.mt_doc_tenant t on t.id = s.tenant_id
where s.enabled and s.deleted_at is null and t.data ->> 'RevokedAt' is null
