-- The best that are left, as many as the release still has to give: all in all, or today. Where a clock is ahead, tomorrow
-- has begun: what was given then counts.
with release as (
  select
    r.grades,
    coalesce(r.lead_count - t.taken, r.per_day - t.taken_today) as allowed
  from held_release r
  cross join lateral (
    select
      count(*) filter (where l.outcome is null or l.outcome = 'released') as taken,
      count(*) filter (where l.outcome is null or (l.outcome = 'released' and l.day >= $4)) as taken_today
    from held_release_lead l
    where l.tenant_id = r.tenant_id and l.model_version = r.model_version and l.release_id = r.id
  ) t
  where r.tenant_id = $1 and r.model_version = $2 and r.id = $3 and r.ended_at is null
)
insert into held_release_lead (tenant_id, model_version, release_id, lead_id, day)
select $1, $2, $3, held.id, $4
from release r
cross join lateral (
  select l.id
  from mt_doc_lead l
  where l.tenant_id = $1 and l.held_for = $2
    and (cardinality(r.grades) = 0 or l.grade = any(r.grades))
    and not exists (
      select
      from held_release_lead t
      where t.tenant_id = $1 and t.model_version = $2 and t.lead_id = l.id
        and (
          t.outcome is null
          or (t.release_id = $3 and (t.outcome <> 'rests' or t.day = $4))))
  order by l.score desc, l.id desc
  limit greatest(0, least($5, r.allowed))
) held
on conflict (tenant_id, model_version, release_id, lead_id) do update set day = excluded.day, outcome = null
