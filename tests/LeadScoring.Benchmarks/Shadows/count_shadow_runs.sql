select count(*)
from shadow_run
