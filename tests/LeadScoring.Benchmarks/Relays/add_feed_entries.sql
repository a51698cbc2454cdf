insert into mt_doc_feed_entry (tenant_id, id, log_sequence, data, mt_dotnet_type)
select
  'benchmark', $1 + n, $1 + n,
  jsonb_build_object(
    'Position', $1 + n, 'LogSequence', $1 + n, 'EventId', gen_random_uuid(), 'Type', ($4::text[])[1 + n % array_length($4::text[], 1)],
    'Subject', md5((n % $3)::text)::uuid, 'At', now(), 'Body', repeat(md5(n::text), $5 / 32)),
  'LeadScoring.Host.Feed.FeedEntry'
from generate_series(1, $2) n
