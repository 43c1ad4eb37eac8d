-- The log in segments: partitions by position that end where a node of the tree does, so that each can be kept apart.

CREATE TABLE log.segment_size (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    events bigint  NOT NULL CHECK (events > 0 AND (events & (events - 1)) = 0)
);
INSERT INTO log.segment_size (events) VALUES (1048576);

-- One row for each partition, which is named events_<first>.
CREATE TABLE log.segments (
    first       bigint      PRIMARY KEY,
    last        bigint      NOT NULL UNIQUE CHECK (last >= first),
    file        text        COLLATE "C", -- in the archive, once the bytes of its events lie there
    sha256      bytea       CHECK (octet_length(sha256) = 32),
    archived_at timestamptz,
    CHECK ((file IS NULL) = (sha256 IS NULL) AND (file IS NULL) = (archived_at IS NULL))
);

-- What there is becomes the first segment, however long it is. Its triggers go on refusing, attached or not.
ALTER TABLE log.events RENAME TO events_1;
REVOKE ALL ON log.events_1 FROM purser_server;
ALTER TABLE log.events_1 ADD COLUMN nodes text[] COLLATE "C";
ALTER INDEX log.events_pkey RENAME TO events_1_pkey;
ALTER INDEX log.events_call RENAME TO events_1_call;
ALTER INDEX log.events_state RENAME TO events_1_state;
ALTER INDEX log.events_time RENAME TO events_1_time;
ALTER INDEX log.events_subject RENAME TO events_1_subject;
ALTER INDEX log.events_search RENAME TO events_1_search;
ALTER INDEX log.events_ended RENAME TO events_1_ended;
ALTER INDEX log.events_kept RENAME TO events_1_kept;
DROP INDEX log.events_stream;

CREATE TABLE log.events (
    LIKE log.events_1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION,
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);
-- Of archived events these two are null, and the nodes are those that the payload of a PodBound names.
ALTER TABLE log.events ALTER envelope DROP NOT NULL, ALTER payload DROP NOT NULL;

CREATE INDEX events_state ON log.events (position) WHERE revision > 0;
CREATE INDEX events_time ON log.events USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX events_subject ON log.events
    USING brin (subject text_bloom_ops (n_distinct_per_range = 1000)) WITH (autosummarize = on);
CREATE INDEX events_search ON log.events USING brin (
    (position + 0),
    caller text_bloom_ops (n_distinct_per_range = 100),
    resource text_bloom_ops (n_distinct_per_range = 50),
    namespace text_bloom_ops (n_distinct_per_range = 200),
    type text_bloom_ops (n_distinct_per_range = 100)
) WITH (pages_per_range = 64, autosummarize = on);
CREATE INDEX events_ended ON log.events (stream, position) INCLUDE (revision)
    WHERE revision > 0 AND right(type, 7) = 'Deleted';
CREATE INDEX events_kept ON log.events (type, position) WHERE type IN ('UsageMeasured', 'KeysDestroyed');
-- By position, not by revision: of the partitions before a position the newest is asked first, and mostly has it. This
-- index is the last one made, so that the planner takes it where all cost the same: in a segment that is still empty.
CREATE INDEX events_stream ON log.events (stream, position) INCLUDE (revision) WHERE revision > 0;

CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse;
GRANT SELECT, INSERT ON log.events TO purser_server;

-- What a partition needs that it does not get from the whole: no call twice, and the refusals.
CREATE FUNCTION log.guard(partition regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE UNIQUE INDEX ON %s (call, ordinal)', partition);
    EXECUTE format('CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON %s
        FOR EACH ROW EXECUTE FUNCTION log.refuse()', partition);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION log.refuse()', partition);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse, ENABLE ALWAYS TRIGGER refuse_truncate', partition);
END $$;

-- Makes partitions so that a position and the segment behind its own have a place, for whoever may append.
-- Returns up to where there is one more ahead, and where the last one ends.
CREATE FUNCTION log.extend(through bigint, OUT ahead bigint, OUT room bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms'
AS $$
DECLARE
    size    bigint := (SELECT events FROM log.segment_size);
    wanted  bigint := ((through + size - 1) / size + 1) * size;
    segment text;
BEGIN
    IF through > (SELECT position FROM log.head) + 1048576 THEN
        RAISE EXCEPTION 'position % is too far behind the end of the log', through USING ERRCODE = '55000';
    END IF;
    room := (SELECT max(last) FROM log.segments);
    IF coalesce(room, 0) < wanted THEN
        -- Neither readers nor appends wait for this lock, only another replica that is here too.
        LOCK TABLE log.events IN SHARE UPDATE EXCLUSIVE MODE;
        room := coalesce((SELECT max(last) FROM log.segments), 0);
    END IF;
    WHILE room < wanted LOOP
        segment := format('log.events_%s', room + 1);
        EXECUTE format('CREATE TABLE %s (
            LIKE log.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION
        ) WITH (autovacuum_vacuum_insert_scale_factor = 0.02)', segment);
        EXECUTE format('ALTER TABLE %s ALTER envelope SET NOT NULL, ALTER payload SET NOT NULL', segment);
        PERFORM log.guard(segment::regclass);
        EXECUTE format('ALTER TABLE log.events ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
            segment, room + 1, room + size + 1);
        INSERT INTO log.segments (first, last) VALUES (room + 1, room + size);
        room := room + size;
    END LOOP;
    ahead := room - size;
END $$;

-- Segments of another size, for logs that try out much with few events. Only an empty log takes one.
CREATE FUNCTION log.set_segment_size(size bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE begins bigint;
BEGIN
    IF (SELECT position FROM log.head) > 0 THEN
        RAISE EXCEPTION 'only an empty log takes another size of segments' USING ERRCODE = '55000';
    END IF;
    UPDATE log.segment_size SET events = size;
    FOR begins IN DELETE FROM log.segments RETURNING first LOOP
        EXECUTE format('DROP TABLE log.events_%s', begins);
    END LOOP;
    PERFORM log.extend(0);
END $$;

REVOKE ALL ON FUNCTION log.guard, log.extend, log.set_segment_size FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.extend TO purser_server;
GRANT SELECT ON log.segments TO purser_server;

DO $$
DECLARE
    size  bigint := (SELECT events FROM log.segment_size);
    ended bigint := (SELECT greatest((position + size - 1) / size, 1) * size FROM log.head);
BEGIN
    EXECUTE format('ALTER TABLE log.events ATTACH PARTITION log.events_1 FOR VALUES FROM (1) TO (%s)', ended + 1);
    INSERT INTO log.segments (first, last) VALUES (1, ended);
    PERFORM log.extend((SELECT position FROM log.head));
END $$;

-- One plan for all of the halving: planning each step would take longer than the step.
ALTER FUNCTION log.position_at SET plan_cache_mode = force_generic_plan;
DROP FUNCTION log.revision_at;

-- As before, and over segments: the sum with 0 tells none of them apart, their ends do.
CREATE OR REPLACE FUNCTION log.find(
    after_position bigint, through_position bigint, of_caller text, of_verb text, of_resource text,
    of_namespace text, of_types text[], on_node text, with_reads boolean, newest_first boolean, at_most bigint
) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
AS $$
DECLARE
    condition text := 'position > $1 AND position <= $2';
    low       bigint;
    high      bigint;
BEGIN
    IF through_position - after_position > 50000 THEN
        SELECT min(first) - 1, max(last) INTO low, high
            FROM log.segments WHERE last > after_position AND first <= through_position;
        condition := '(position + 0) > $1 AND (position + 0) <= $2 AND position > $10 AND position <= $11';
    END IF;
    IF NOT with_reads THEN condition := condition || ' AND revision > 0'; END IF;
    IF of_caller IS NOT NULL THEN condition := condition || ' AND caller = $3'; END IF;
    IF of_verb IS NOT NULL THEN condition := condition || ' AND verb = $4'; END IF;
    IF of_resource IS NOT NULL THEN condition := condition || ' AND resource = $5'; END IF;
    IF of_namespace IS NOT NULL THEN condition := condition || ' AND namespace = $6'; END IF;
    IF of_types IS NOT NULL THEN condition := condition || ' AND type = ANY ($7)'; END IF;
    IF on_node IS NOT NULL THEN
        condition := condition || $node$ AND (caller = 'system:node:' || $8
            OR resource = 'nodes' AND stream = (SELECT id FROM log.streams WHERE name = 'nodes/' || $8)
            OR type = 'PodBound' AND ($8 = ANY (nodes)
                OR position(convert_to('"nodeName":"' || $8 || '"', 'UTF8') IN payload) > 0))$node$;
    END IF;
    RETURN QUERY EXECUTE format('SELECT position FROM log.events WHERE %s ORDER BY position %s LIMIT $9',
        condition, CASE WHEN newest_first THEN 'DESC' ELSE 'ASC' END)
        USING after_position, through_position, of_caller, of_verb, of_resource, of_namespace, of_types, on_node,
            at_most, low, high;
END $$;

-- The same for events that change no state, by what they are about.
CREATE FUNCTION log.find_reads(
    of_subject text, after_position bigint, through_position bigint, newest_first boolean, at_most bigint
) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
AS $$
DECLARE
    low  bigint := after_position;
    high bigint := through_position;
BEGIN
    IF through_position - after_position > 50000 THEN
        SELECT min(first) - 1, max(last) INTO low, high
            FROM log.segments WHERE last > after_position AND first <= through_position;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT position FROM log.events
            WHERE subject = $1 AND position > $4 AND position <= $5 AND position + 0 > $2 AND position + 0 <= $3
            ORDER BY position %s LIMIT $6',
        CASE WHEN newest_first THEN 'DESC' ELSE 'ASC' END)
        USING of_subject, after_position, through_position, low, high, at_most;
END $$;

-- The views over the log, over all of its segments.
CREATE OR REPLACE VIEW purser.desired_state AS
    SELECT o.resource, o.namespace, o.name,
        o.object ->> 'kind' AS kind,
        o.object #>> '{metadata,uid}' AS uid,
        o.object #> '{metadata,labels}' AS labels,
        o.position, o.revision, e.recorded_at AS changed_at,
        o.object - 'status' AS object
    FROM projection.objects o JOIN log.events e ON e.position = o.position;

CREATE OR REPLACE VIEW purser.actual_state AS
    SELECT o.resource, o.namespace, o.name,
        o.object ->> 'kind' AS kind,
        o.object #>> '{metadata,uid}' AS uid,
        o.object #>> '{spec,nodeName}' AS node,
        o.object #>> '{status,phase}' AS phase,
        o.position, o.revision, e.recorded_at AS changed_at,
        o.object -> 'status' AS status
    FROM projection.objects o JOIN log.events e ON e.position = o.position
    WHERE o.object ? 'status';

CREATE OR REPLACE VIEW purser.history AS
    SELECT e.position, e.recorded_at, n.stream,
        split_part(n.stream, '/', 1) AS resource,
        CASE WHEN n.stream LIKE '%/%/%' THEN split_part(n.stream, '/', 2) ELSE '' END AS namespace,
        CASE WHEN n.stream LIKE '%/%/%' THEN split_part(n.stream, '/', 3) ELSE split_part(n.stream, '/', 2) END AS name,
        e.revision, e.type,
        coalesce(p.name, c.subject) AS caller,
        coalesce(j.envelope #>> '{caller,verb}', nullif(e.verb, '') COLLATE "default") AS verb,
        j.envelope #>> '{caller,userAgent}' AS user_agent,
        j.envelope #>> '{caller,address}' AS address,
        e.call, (j.envelope ->> 'cause')::bigint AS cause, (j.envelope ->> 'correlation')::bigint AS correlation,
        e.is_keyframe, purser.as_jsonb(e.payload) AS payload
    FROM log.events e
        LEFT JOIN log.streams s ON s.id = e.stream
        CROSS JOIN LATERAL (SELECT coalesce(e.subject, s.name) AS stream) n
        CROSS JOIN LATERAL (SELECT purser.as_jsonb(e.envelope) AS envelope) j
        CROSS JOIN LATERAL (
            SELECT coalesce(j.envelope #>> '{caller,subject}', nullif(e.caller, '') COLLATE "default") AS subject) c
        LEFT JOIN (
            SELECT purser.commitment(key) AS commitment, convert_from(substr(key, 33), 'UTF8') COLLATE "default" AS name
            FROM log.keys WHERE starts_with(id, 'person/')
        ) p ON p.commitment = c.subject;
COMMENT ON VIEW purser.history IS
    'Every event. Narrow it by position or recorded_at: other columns are not indexed. Archived ones have no payload.';
