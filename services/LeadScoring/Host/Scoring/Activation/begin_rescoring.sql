insert into rescoring (
  tenant_id, held_from, model_version, model_id, walk, after_id, leads_total, leads_done, leads_rescored, leads_crossed, leads_failed,
  started_at, walk_started_at)
select $1, $2, $3, $4, 1, '00000000-0000-0000-0000-000000000000', (select count(*) from mt_doc_lead l where l.tenant_id = $1), 0, 0, 0, 0, $5, $5
on conflict do nothing
