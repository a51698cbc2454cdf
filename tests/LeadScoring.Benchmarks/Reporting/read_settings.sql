select name, setting || coalesce(' ' || unit, '')
from pg_settings
where name in (
  'server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'data_checksums', 'shared_buffers',
  'max_wal_size')
order by name
