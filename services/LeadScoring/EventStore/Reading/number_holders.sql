-- The open transactions that have drawn a sequence number and may still store an event under it. nextval locks the
-- sequence to the end of its transaction, so these locks name exactly those transactions: one that merely runs long
-- (a backup, a report) is not among them, one that has no transaction id yet is. Our own appends are left out: the
-- barrier has answered for them.
with lock as materialized (
  select locktype, database, relation, classid, objid, objsubid, virtualtransaction, mode
  from pg_locks
  where granted and database = (select oid from pg_database where datname = current_database())
)
select coalesce(array_agg(drawer.virtualtransaction), '{}')
from lock drawer
where drawer.locktype = 'relation'
  and drawer.relation = 'mt_events_sequence'::regclass
  and drawer.mode = 'RowExclusiveLock'
  and not exists (
    select
    from lock barrier
    where barrier.locktype = 'advisory'
      and barrier.classid::bigint << 32 | barrier.objid::bigint = $1
      and barrier.objsubid = 1
      and barrier.virtualtransaction = drawer.virtualtransaction
  )
