select count(*) from feed_set_aside
