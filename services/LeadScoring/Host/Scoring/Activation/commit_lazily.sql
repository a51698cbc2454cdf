-- What a crash of the server takes back is done again: rows and cursor are lost together.
select set_config('synchronous_commit', 'off', true)
