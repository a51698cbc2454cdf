-- An index of the shadow is named for the live one whose place it takes, by oid: that name always fits.
select
  format(
    'create %s index %I on lead_rebuild %s',
    case when i.indisunique then 'unique' end,
    'lead_rebuild_' || i.indexrelid,
    ltrim(substring(pg_get_indexdef(i.indexrelid) from ' USING .*$'))) as creation,
  case when i.indisprimary then
    format(
      'alter table lead_rebuild add constraint %1$I primary key using index %1$I',
      'lead_rebuild_' || i.indexrelid)
  end as promotion
from pg_index i
where i.indrelid = 'lead'::regclass
order by i.indisprimary desc, i.indexrelid
