insert into engagement_verdict (
  tenant_id, kind, id, request_hash, source, type, campaign, occurred_from, occurred_to, of_retraction, reason, actor, state,
  is_wanted, log_position, log_end, engagements, unknown_ids, created_at, leased_until)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0, $17, '-infinity'
where (
  select count(*) from engagement_verdict v where v.tenant_id = $1 and v.state in ('finding', 'applying')) < $18
on conflict do nothing
