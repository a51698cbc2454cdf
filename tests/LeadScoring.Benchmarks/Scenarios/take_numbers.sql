select setval('mt_events_sequence', nextval('mt_events_sequence') + $1 - 1) - $1 + 1
