select add_log_partition($1)
