vacuum (analyze) mt_streams, mt_events, stream_key, lead
