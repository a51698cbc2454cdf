insert into subscription_progress (tenant_id, subscription_id, position, failures_in_a_row)
select s.tenant_id, s.id, $3, 0
from subscription s
where s.tenant_id = $1 and s.id = $2
