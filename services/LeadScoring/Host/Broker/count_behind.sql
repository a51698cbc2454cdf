select count(*) from (select f.log_seq from feed_event f where f.log_seq > $1 limit $2) behind
