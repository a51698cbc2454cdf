-- Granted once every append that may have drawn a sequence number has ended; the next statement's snapshot sees them all.
select pg_advisory_xact_lock($1)
