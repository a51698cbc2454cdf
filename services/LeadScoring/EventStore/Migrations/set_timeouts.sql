-- A migration may take as long as the data is large, but waits for locks only so long. Local to its transaction.
select set_config('statement_timeout', '0', true), set_config('lock_timeout', $1, true)
