-- For this transaction: as long as it takes, unless it waits for a lock.
select
  set_config('statement_timeout', '0', true),
  set_config('lock_timeout', $1, true),
  set_config('max_parallel_maintenance_workers', '0', true)
