-- Those of a tenant are added one after the other, so that they can be counted.
select pg_advisory_xact_lock(hashtextextended('engagement_verdict ' || $1, 0))
