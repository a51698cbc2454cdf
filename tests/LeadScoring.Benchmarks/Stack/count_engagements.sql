select count(*)
from mt_events
where type = 'engagement_recorded'
