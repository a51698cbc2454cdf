select count(*) from mt_doc_shadow_run
