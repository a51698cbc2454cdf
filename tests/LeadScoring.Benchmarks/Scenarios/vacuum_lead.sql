vacuum (analyze) lead
