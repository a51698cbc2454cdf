-- Under a version that is expected, or any. Nothing comes back when the version is another: 0 is that of no setting.
insert into tenant_setting as s (tenant_id, name, version, body, updated_at)
select $1, $2, 1, $3::json, $4
where coalesce($5, 0) = 0 or exists (select from tenant_setting e where e.tenant_id = $1 and e.name = $2)
on conflict (tenant_id, name) do update set
  version = s.version + 1,
  body = excluded.body,
  updated_at = excluded.updated_at
where $5 is null or s.version = $5
returning s.version
