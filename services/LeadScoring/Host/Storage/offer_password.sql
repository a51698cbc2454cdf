select set_config('leadscoring.password', $1, false)
