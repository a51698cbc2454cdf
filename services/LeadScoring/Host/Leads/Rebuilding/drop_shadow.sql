drop table if exists lead_rebuild
