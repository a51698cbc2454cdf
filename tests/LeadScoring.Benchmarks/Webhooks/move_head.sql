insert into mt_doc_feed_head (id, log_sequence, data, mt_dotnet_type)
values ($1, $2, jsonb_build_object('TenantId', $1::text, 'Position', $2, 'LogSequence', $2), 'LeadScoring.Host.Feed.FeedHead')
on conflict (id) do update
set log_sequence = excluded.log_sequence, data = excluded.data
