-- Who makes or exchanges a segment locks the log's table itself, not its segments: they are often held for seconds, by a
-- vacuum that PostgreSQL starts by itself.
DO $$
DECLARE
    function regprocedure;
BEGIN
    FOREACH function IN ARRAY ARRAY['log.extend(bigint)', 'log.archive_segment(bigint, text, bytea)']::regprocedure[] LOOP
        EXECUTE replace(pg_get_functiondef(function), 'LOCK TABLE log.events ', 'LOCK TABLE ONLY log.events ');
    END LOOP;
END $$;
