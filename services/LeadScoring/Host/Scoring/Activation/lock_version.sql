-- Releases of a version are added one after the other, so that they can be counted: there may be no row yet to lock.
select pg_advisory_xact_lock(hashtextextended('held_release ' || $2 || ' ' || $1, 0))
