select l.stage, count(*)
from mt_doc_retraction_lead r
join mt_doc_lead l on l.tenant_id = r.tenant_id and l.id = (r.data ->> 'LeadId')::uuid
where r.tenant_id = $1 and r.data ->> 'RetractionId' = $2
group by l.stage
