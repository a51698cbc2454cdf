insert into mt_doc_feed_entry (tenant_id, id, log_sequence, data, mt_dotnet_type)
values (
  $1, $2, $2,
  jsonb_build_object(
    'Position', $2, 'LogSequence', $2, 'EventId', $3, 'Type', $4::text, 'Subject', gen_random_uuid(), 'At', now(), 'Body', repeat(md5($2::text), $5 / 32)),
  'LeadScoring.Host.Feed.FeedEntry')
