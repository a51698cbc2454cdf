insert into mt_doc_feed_head (id, log_sequence, data, mt_dotnet_type)
values ('benchmark', $1, jsonb_build_object('TenantId', 'benchmark', 'Position', $1, 'LogSequence', $1), 'LeadScoring.Host.Feed.FeedHead')
on conflict (id) do update
set log_sequence = excluded.log_sequence, data = excluded.data
