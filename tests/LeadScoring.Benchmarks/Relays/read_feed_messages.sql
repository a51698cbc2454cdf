select (f.data ->> 'EventId')::uuid, f.data ->> 'Type', (f.data ->> 'At')::timestamptz, convert_to(f.data ->> 'Body', 'UTF8')
from mt_doc_feed_entry f
where f.log_sequence > $1
order by f.log_sequence
