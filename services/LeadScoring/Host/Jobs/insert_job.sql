insert into job (
  tenant_id, id, kind, model_version, parameters, state, requested_by, creation_key, creation_hash, created_at, started_at, runs, run_id,
  lease_until, events, events_total, leads, events_per_second)
select
  $1, $2, $3, $4, $5, case when $10 is null then 'queued' else 'running' end, $6, $7, $8, $9, case when $10 is not null then $9 end,
  case when $10 is null then 0 else 1 end, $10, case when $10 is not null then now() + $11 end, 0, 0, 0, 0
where (select count(*) from job u where u.tenant_id = $1 and u.state in ('queued', 'running')) < $12
on conflict (tenant_id, creation_key) where creation_key is not null do nothing
