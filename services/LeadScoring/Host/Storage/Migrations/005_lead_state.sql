-- The state becomes bytes of a format of its own; rows that hold JSON keep it, as UTF-8, until their lead is next written.
alter table lead alter column state type bytea using convert_to(state::text, 'UTF8');
