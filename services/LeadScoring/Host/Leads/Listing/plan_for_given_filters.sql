-- For this transaction only: a plan made once for all filters could use no index that only some of them fit.
select set_config('plan_cache_mode', 'force_custom_plan', true)
