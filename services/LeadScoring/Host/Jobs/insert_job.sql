insert into job (
  tenant_id, id, kind, model_version, model_id, request, parameters, state, requested_by, creation_key, creation_hash, created_at, started_at,
  runs, run_id, lease_until, events, events_total, leads, events_per_second)
select
  $1, $2, $3, $4, $5, $6, $7, case when $12 is null then 'queued' else 'running' end, $8, $9, $10, $11, case when $12 is not null then $11 end,
  case when $12 is null then 0 else 1 end, $12, case when $12 is not null then now() + $13 end, 0, 0, 0, 0
where (select count(*) from job u where u.tenant_id = $1 and u.state in ('queued', 'running')) < $14
on conflict (tenant_id, creation_key) where creation_key is not null do nothing
