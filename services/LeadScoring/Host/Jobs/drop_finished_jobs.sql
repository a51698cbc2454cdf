-- The latest success of each version stays: what is asked about a version is answered by it. So does a suggestion that a version was
-- drafted from: it holds the evidence.
delete from job j
where j.tenant_id = $1
  and (j.finished_at, j.id) < (
    select k.finished_at, k.id
    from job k
    where k.tenant_id = $1 and k.finished_at is not null
    order by k.finished_at desc, k.id desc
    offset $2 - 1
    limit 1)
  and not (
    j.state = 'succeeded'
    and j.model_version is not null
    and not exists (
      select from job l
      where l.tenant_id = j.tenant_id
        and l.kind = j.kind
        and l.model_version = j.model_version
        and l.state = 'succeeded'
        and (l.finished_at, l.id) > (j.finished_at, j.id)))
  and j.id not in (
    select (e.data ->> 'SuggestionId')::uuid
    from mt_events e
    where e.tenant_id = $1 and e.stream_id = $3 and e.type = 'model_drafted' and e.data ->> 'SuggestionId' is not null)
