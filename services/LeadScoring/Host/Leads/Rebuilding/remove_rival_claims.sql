-- Claims that keep one of the page's streams from its own key although no event of their holder speaks of it.
delete from stream_key k
using unnest($1, $2, $3, $4, $5) as v (tenant_id, kind, value, stream_id, event_kind)
where k.tenant_id = v.tenant_id and k.kind = v.kind and k.value = v.value and k.stream_id <> v.stream_id
  and not exists (
    select
    from mt_events e
    where e.tenant_id = k.tenant_id and e.stream_id = k.stream_id and e.type = 'identity_linked'
      and e.data ->> 'Kind' = v.event_kind and e.data ->> 'Value' = v.value
  )
