-- A lead's state only where something may have to be done: its score is another model's, or it may have crossed. So may one that is held
-- for this version already: it held before, and another did meanwhile.
select
  l.id,
  l.mt_version,
  l.updated_at,
  l.held_for,
  case when l.model_id <> $4 or (l.stage = 'Inquiry' and l.updated_at < $5) then l.data end as data,
  l.model_id <> $4 as is_stale,
  (select s.last_value from mt_events_sequence s) as last_number
from mt_doc_lead l
where l.tenant_id = $1 and l.id > $2
order by l.id
limit $3
