select
  coalesce(
    (
      select f.position
      from feed_event f
      where f.tenant_id = $2 and f.log_seq <= coalesce((select p.last_seq_id from mt_event_progression p where p.name = $1), 0)
      order by f.log_seq desc
      limit 1
    ), 0) as position,
  coalesce((select h.position from feed_head h where h.tenant_id = $2), 0) as head
