-- Held to the end of the transaction and taken before any sequence number is drawn: while a log reader holds the same
-- lock exclusively, no number at or below the log's end can still become visible.
select pg_advisory_xact_lock_shared($1)
