-- An empty file would not be left for the next one.
select pg_logical_emit_message(false, 'benchmark', 'file')
