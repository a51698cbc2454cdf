-- A filter that is null is not asked for; the plan is made for the filters given, so a null one costs nothing.
-- One stage has a parameter of its own, because only an equality lets the index on stages keep the order.
select l.id, l.score, l.score_as_of, l.last_engaged_at, l.updated_at, l.state
from lead l
where l.tenant_id = $1
  and ($2::text is null or l.stage = $2)
  and ($3::text[] is null or l.stage = any($3))
  and ($4::text[] is null or l.grade = any($4))
  and ($5::float8 is null or l.score >= $5)
  and ($6::text is null or l.sources @> array[$6])
  and ($7::text is null or l.campaigns @> array[$7])
  and ($8::text is null or l.owner = $8)
  and ($9::timestamptz is null or l.last_engaged_at >= $9)
  and ($10::timestamptz is null or (l.updated_at, l.id) < ($10, $11))
order by l.updated_at desc, l.id desc
limit $12
