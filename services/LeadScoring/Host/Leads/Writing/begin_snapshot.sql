-- What follows sees the database as of one instant. Each statement with a view of its own would make a repeat that meets
-- the first post in its commit look like another lead's: key holders from before it, the stored event from after.
begin transaction isolation level repeatable read, read only
