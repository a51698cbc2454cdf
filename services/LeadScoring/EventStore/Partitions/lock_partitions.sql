-- One maker at a time.
select pg_advisory_xact_lock($1)
