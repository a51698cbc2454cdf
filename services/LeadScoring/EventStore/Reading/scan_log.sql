-- Both bounds are given because they lie close together: at most one page of numbers.
select e.seq_id, e.id, e.tenant_id, e.stream_id, e.version, e.type, e.data, e.timestamp
from mt_events e
where e.seq_id > $1 and e.seq_id <= $2 and (uuid_hash(e.stream_id) & $3) = $4
  and ($5::text is null or e.tenant_id = $5)
order by e.seq_id
