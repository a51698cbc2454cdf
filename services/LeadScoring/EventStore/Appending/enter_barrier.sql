-- The lock is held to the end of the transaction and taken before any sequence number is drawn: while a log reader holds
-- it exclusively, no number at or below the log's end can still become visible.
-- Everything after this finds its rows by key. A plan made while a table is small would scan it, and a prepared plan
-- keeps doing so for as long as the statistics stay old, however fast the table grows. For the same reason one plan a
-- statement is enough: PostgreSQL would otherwise plan small calls anew each time, at the price of the call itself.
select
  pg_advisory_xact_lock_shared($1),
  set_config('enable_seqscan', 'off', true),
  set_config('plan_cache_mode', 'force_generic_plan', true)
