-- What reads of the past search by.

-- Copies out of the envelope, like the columns before them: whose call it was, which verb, and what it was about.
ALTER TABLE log.events
    ADD COLUMN caller    text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN verb      text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN resource  text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN namespace text COLLATE "C" NOT NULL DEFAULT '';

-- Tells which stretches of the log cannot hold what is searched for. An append pays nothing for it: a stretch is summed
-- up once it is full. The sum with 0 makes this the only index that serves the condition, see log.find.
CREATE INDEX events_search ON log.events USING brin (
    (position + 0),
    caller text_bloom_ops (n_distinct_per_range = 100),
    resource text_bloom_ops (n_distinct_per_range = 50),
    namespace text_bloom_ops (n_distinct_per_range = 200),
    type text_bloom_ops (n_distinct_per_range = 100)
) WITH (pages_per_range = 64, autosummarize = on);

-- Only ends of objects pay for this one; lists as of a position pass over what was gone by then.
CREATE INDEX events_ended ON log.events (stream, position) INCLUDE (revision)
    WHERE revision > 0 AND right(type, 7) = 'Deleted';

-- The last revision of a stream at or before a position, by halving: positions rise with revisions. 0 if there is none.
CREATE FUNCTION log.revision_at(of_stream bigint, at_position bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
    place  bigint;
BEGIN
    IF at_position < of_stream THEN
        RETURN 0; -- A stream's id is the position of its first event.
    END IF;
    SELECT e.revision, e.position INTO high, place FROM log.events e
        WHERE e.stream = of_stream AND e.revision > 0 ORDER BY e.revision DESC LIMIT 1;
    IF high IS NULL OR place <= at_position THEN
        RETURN coalesce(high, 0);
    END IF;
    high := high - 1;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT e.position FROM log.events e
            WHERE e.stream = of_stream AND e.revision = middle AND e.revision > 0) <= at_position
        THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- Positions in a range whose events fit, at most so many. NULL admits everything. The planner cannot know how well the
-- search index sorts out, so the function leaves it nothing else for long ranges; short ones are read outright.
CREATE FUNCTION log.find(
    after_position bigint, through_position bigint, of_caller text, of_verb text, of_resource text,
    of_namespace text, of_types text[], on_node text, with_reads boolean, newest_first boolean, at_most bigint
) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
AS $$
DECLARE
    place     text := CASE WHEN through_position - after_position > 50000 THEN '(position + 0)' ELSE 'position' END;
    condition text := format('%1$s > $1 AND %1$s <= $2', place);
BEGIN
    IF NOT with_reads THEN condition := condition || ' AND revision > 0'; END IF;
    IF of_caller IS NOT NULL THEN condition := condition || ' AND caller = $3'; END IF;
    IF of_verb IS NOT NULL THEN condition := condition || ' AND verb = $4'; END IF;
    IF of_resource IS NOT NULL THEN condition := condition || ' AND resource = $5'; END IF;
    IF of_namespace IS NOT NULL THEN condition := condition || ' AND namespace = $6'; END IF;
    IF of_types IS NOT NULL THEN condition := condition || ' AND type = ANY ($7)'; END IF;
    IF on_node IS NOT NULL THEN
        condition := condition || $node$ AND (caller = 'system:node:' || $8
            OR resource = 'nodes' AND stream = (SELECT id FROM log.streams WHERE name = 'nodes/' || $8)
            OR type = 'PodBound' AND position(convert_to('"nodeName":"' || $8 || '"', 'UTF8') IN payload) > 0)$node$;
    END IF;
    RETURN QUERY EXECUTE format('SELECT position FROM log.events WHERE %s ORDER BY position %s LIMIT $9',
        condition, CASE WHEN newest_first THEN 'DESC' ELSE 'ASC' END)
        USING after_position, through_position, of_caller, of_verb, of_resource, of_namespace, of_types, on_node,
            at_most;
END $$;
