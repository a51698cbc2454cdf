-- Of a page's leads ($1, $2) and what their events speak of ($3 to $8): takes away what they hold and no event of theirs speaks of, and
-- gives them what is theirs, also from a holder whose events do not speak of it.
with told as materialized (
  select t.tenant_id, t.id, t.lead_id, t.data, t.kind, t.value, t.place
  from unnest($3, $4, $5, $6, $7, $8) with ordinality as t (tenant_id, id, lead_id, data, kind, value, place)
),
unspoken as (
  delete from mt_doc_lead_identity k
  using unnest($1, $2) as p (tenant_id, lead_id)
  where k.tenant_id = p.tenant_id and k.lead_id = p.lead_id
    and not exists (select from told t where t.tenant_id = k.tenant_id and t.id = k.id)
  returning 1
),
restored as (
  insert into mt_doc_lead_identity as k (tenant_id, id, lead_id, data)
  select distinct on (t.tenant_id, t.id) t.tenant_id, t.id, t.lead_id, t.data
  from told t
  where not exists (
    select
    from mt_doc_lead_identity h
    where h.tenant_id = t.tenant_id and h.id = t.id
      and (h.lead_id = t.lead_id or exists (
        select
        from mt_events e
        where e.tenant_id = h.tenant_id and e.stream_id = h.lead_id and e.type = 'identity_linked'
          and e.data ->> 'Kind' = t.kind and e.data ->> 'Value' = t.value)))
  order by t.tenant_id, t.id, t.place
  on conflict (tenant_id, id) do update set lead_id = excluded.lead_id, data = excluded.data
  returning 1
)
select (select count(*) from unspoken), (select count(*) from restored)
