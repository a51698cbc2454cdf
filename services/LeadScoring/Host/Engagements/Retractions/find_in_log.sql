-- Engagements like those asked for in a stretch of the log, by lead. Both bounds are given because they lie close together.
select e.stream_id, array_agg(e.data ->> 'Source' order by e.seq_id), array_agg(e.data ->> 'Id' order by e.seq_id)
from mt_events e
where e.seq_id > $2 and e.seq_id <= $3
  and e.tenant_id = $1
  and e.type = 'engagement_recorded'
  and ($4 is null or e.data ->> 'Source' = $4)
  and ($5 is null or e.data ->> 'Type' = $5)
  and ($6 is null or e.data ->> 'Campaign' = $6)
  and (e.data ->> 'OccurredAt')::timestamptz >= $7
  and (e.data ->> 'OccurredAt')::timestamptz < $8
group by e.stream_id
order by e.stream_id
