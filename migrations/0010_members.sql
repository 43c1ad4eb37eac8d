-- Which members of its object an event sets, as far as a few bits tell; null where they do not. An object of the past is
-- put together from its keyframe and the newest event of each member, however many lie between: the index tells which.
ALTER TABLE log.events ADD COLUMN members smallint;

DROP INDEX log.events_stream;
CREATE INDEX events_stream ON log.events (stream, position) INCLUDE (revision, members) WHERE revision > 0;
