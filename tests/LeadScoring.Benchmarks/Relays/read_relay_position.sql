select coalesce((select (p.data ->> 'UpTo')::bigint from mt_doc_relay_progress p), -1)
