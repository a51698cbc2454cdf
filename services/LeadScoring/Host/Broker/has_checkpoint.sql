select exists (select 1 from mt_event_progression p where p.name = $1)
