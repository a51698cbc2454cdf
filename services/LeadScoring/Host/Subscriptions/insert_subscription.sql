insert into subscription (
  tenant_id, id, revision, stream_version, url, event_types, description, enabled, tried_since, secret, creation_key, creation_hash,
  disabled_reason, disabled_at, created_at, updated_at)
select
  $1, $2, 1, 0, $3, $4, $5, $6, $10, $7, $8, $9,
  case when not $6 then 'by_request' end, case when not $6 then $10 end, $10, $10
where (select count(*) from subscription s where s.tenant_id = $1 and s.deleted_at is null) < $11
on conflict (tenant_id, creation_key) where creation_key is not null do nothing
