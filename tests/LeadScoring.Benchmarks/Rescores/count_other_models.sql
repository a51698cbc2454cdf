select count(*) from lead where model_id not like $1
