-- Another address, or being enabled again, is a fresh start: failures of before count no more.
update subscription s
set
  revision = s.revision + 1,
  url = coalesce($3::text, s.url),
  event_types = case when $4 then $5 else s.event_types end,
  description = case when $6::text is null then s.description else nullif($6, '') end,
  enabled = s.enabled or $7,
  disabled_reason = case when $7 then null else s.disabled_reason end,
  disabled_at = case when $7 then null else s.disabled_at end,
  tried_since = case when $7 or $3::text <> s.url then $8 else s.tried_since end,
  updated_at = $8
where s.tenant_id = $1 and s.id = $2 and s.deleted_at is null
