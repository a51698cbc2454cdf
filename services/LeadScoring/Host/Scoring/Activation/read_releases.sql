-- One by its id, the open ones of all tenants, or the latest of a version.
select
  r.tenant_id, r.model_version, r.id, r.grades, r.lead_count, r.per_day, r.actor, r.note, r.created_at, r.ended_at, r.is_cancelled,
  t.released, t.released_today, t.resting, t.fell_short
from held_release r
cross join lateral (
  select
    count(*) filter (where l.outcome = 'released') as released,
    count(*) filter (where l.outcome = 'released' and l.day = $4) as released_today,
    count(*) filter (where l.outcome = 'rests') as resting,
    count(*) filter (where l.outcome = 'fell_short') as fell_short
  from held_release_lead l
  where l.tenant_id = r.tenant_id and l.model_version = r.model_version and l.release_id = r.id
) t
where ($1::text is null or (r.tenant_id = $1 and r.model_version = $2))
  and ($3::text is null or r.id = $3)
  and ($1::text is not null or r.ended_at is null)
order by case when $1::text is null then r.created_at end, r.created_at desc, r.id
limit $5
