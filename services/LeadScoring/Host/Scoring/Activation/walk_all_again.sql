-- After rows were made anew from the log: by whichever model, they are looked at again.
update rescoring r
set
  walk = r.walk + 1,
  after_id = '00000000-0000-0000-0000-000000000000',
  leads_done = 0,
  leads_rescored = 0,
  leads_crossed = 0,
  leads_failed = 0,
  walk_started_at = $2,
  finished_at = null
where ($1::text is null or r.tenant_id = $1)
  and not exists (select from rescoring n where n.tenant_id = r.tenant_id and n.held_from > r.held_from)
