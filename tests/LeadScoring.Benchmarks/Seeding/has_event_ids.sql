select to_regclass('event_id') is not null
