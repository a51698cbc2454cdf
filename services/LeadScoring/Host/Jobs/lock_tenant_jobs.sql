-- A statement of its own: the one after it then sees what those who held the lock before have stored.
select pg_advisory_xact_lock($1, hashtext($2))
