select id from lead order by id
