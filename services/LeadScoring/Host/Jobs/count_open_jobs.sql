select j.kind, j.state, count(*)
from job j
where j.state in ('queued', 'running')
group by j.kind, j.state
