// swift-format-ignore-file
// Written by tools/embed-migrations from migrations/*.sql. Do not edit.
import Postgres

extension Migration {
    /// The schema of the log, oldest migration first.
    public static let all: [Migration] = [
        Migration(
            name: "0001_log.sql",
            sql: #"""
                -- The log. Applied as purser_owner; purser_server gets what a server may do and no more.

                -- One row: where the log ends, and who may append there.
                CREATE TABLE log.head (
                    one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
                    position    bigint      NOT NULL,   -- the number of events, and the size of the Merkle tree
                    term        bigint      NOT NULL,   -- the leader's term
                    fence       bigint      NOT NULL,   -- raised to shut out appends that may still be under way
                    recorded_at timestamptz NOT NULL    -- of the last event
                ) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

                -- One row for each object that ever existed. Events carry eight bytes instead of its name.
                CREATE TABLE log.streams (
                    id   bigint PRIMARY KEY,            -- the position of its first event
                    name text COLLATE "C" NOT NULL UNIQUE
                );

                CREATE TABLE log.events (
                    position    bigint      PRIMARY KEY, -- 1, 2, 3 … without gaps
                    recorded_at timestamptz NOT NULL,    -- never falls as the position rises
                    stream      bigint      NOT NULL,    -- streams.id; 0 for events that change no state
                    revision    bigint      NOT NULL,    -- 1, 2, 3 … in a stream; 0 for events that change no state
                    call        uuid        NOT NULL,
                    ordinal     integer     NOT NULL,
                    is_keyframe boolean     NOT NULL,
                    type        text        COLLATE "C" NOT NULL,
                    subject     text        COLLATE "C", -- the stream's name where no state changes: such streams have no row
                    leaf        bytea       NOT NULL CHECK (octet_length(leaf) = 32),
                    envelope    bytea       NOT NULL,    -- the bytes that were hashed
                    payload     bytea       NOT NULL,    -- the bytes whose SHA-256 the envelope holds
                    CHECK ((revision > 0) = (stream > 0) AND (revision > 0) = (subject IS NULL))
                ) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);
                ALTER TABLE log.events ALTER leaf SET STORAGE PLAIN;

                CREATE UNIQUE INDEX events_call ON log.events (call, ordinal);
                CREATE UNIQUE INDEX events_stream ON log.events (stream, revision) INCLUDE (position) WHERE revision > 0;
                -- Replays, tails and old watches pass over reads and refusals by this one.
                CREATE INDEX events_state ON log.events (position) WHERE revision > 0;
                -- These cost appends next to nothing: they are summed up behind them.
                CREATE INDEX events_time ON log.events USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);
                CREATE INDEX events_subject ON log.events
                    USING brin (subject text_bloom_ops (n_distinct_per_range = 1000)) WITH (autosummarize = on);

                -- Full tiles of the tree (C2SP tlog-tiles); the right edge is built again from fewer than 256 hashes a level.
                CREATE TABLE log.tiles (
                    level  smallint NOT NULL,
                    index  bigint   NOT NULL,
                    hashes bytea    NOT NULL CHECK (octet_length(hashes) = 8192),
                    PRIMARY KEY (level, index)
                );
                ALTER TABLE log.tiles ALTER hashes SET STORAGE EXTERNAL;

                -- Signed tree heads (C2SP tlog-checkpoint); the same notes are written outside the database.
                CREATE TABLE log.checkpoints (
                    size        bigint      PRIMARY KEY,
                    recorded_at timestamptz NOT NULL,
                    note        bytea       NOT NULL
                );

                -- Snapshots of the state; they can be dropped at any time.
                CREATE TABLE log.snapshots (
                    position bigint PRIMARY KEY,
                    bytes    bytea  NOT NULL
                );

                DO $$ BEGIN
                    ALTER TABLE log.events ALTER payload SET COMPRESSION lz4;
                    ALTER TABLE log.snapshots ALTER bytes SET COMPRESSION lz4;
                EXCEPTION WHEN feature_not_supported THEN NULL; -- a PostgreSQL built without lz4 compresses with pglz
                END $$;

                -- Wrapped keys, salts and names: what can be erased while the log stays whole.
                CREATE TABLE log.keys (
                    id  text COLLATE "C" PRIMARY KEY,
                    key bytea NOT NULL
                );

                CREATE FUNCTION log.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'log.% only grows: % refused', tg_table_name, tg_op USING ERRCODE = '55000';
                END $$;

                CREATE FUNCTION log.refuse_backwards() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF new.position < old.position OR new.term < old.term OR new.fence < old.fence
                        OR new.recorded_at < old.recorded_at OR NOT new.one
                    THEN
                        RAISE EXCEPTION 'the head of the log only moves on' USING ERRCODE = '55000';
                    END IF;
                    RETURN new;
                END $$;

                DO $$ DECLARE name text; BEGIN
                    FOREACH name IN ARRAY ARRAY['events', 'streams', 'tiles', 'checkpoints'] LOOP
                        EXECUTE format('CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON log.%I
                            FOR EACH ROW EXECUTE FUNCTION log.refuse()', name);
                        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON log.%I
                            FOR EACH STATEMENT EXECUTE FUNCTION log.refuse()', name);
                        EXECUTE format('ALTER TABLE log.%I ENABLE ALWAYS TRIGGER refuse, ENABLE ALWAYS TRIGGER refuse_truncate', name);
                    END LOOP;
                END $$;
                CREATE TRIGGER refuse BEFORE DELETE ON log.head FOR EACH ROW EXECUTE FUNCTION log.refuse();
                CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON log.head FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
                CREATE TRIGGER forward BEFORE UPDATE ON log.head FOR EACH ROW EXECUTE FUNCTION log.refuse_backwards();
                ALTER TABLE log.head ENABLE ALWAYS TRIGGER refuse, ENABLE ALWAYS TRIGGER refuse_truncate, ENABLE ALWAYS TRIGGER forward;

                INSERT INTO log.head (position, term, fence, recorded_at) VALUES (0, 1, 0, '-infinity');

                -- The last position recorded at or before a time, by halving: positions are dense and times never fall.
                CREATE FUNCTION log.position_at(at timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
                DECLARE
                    low    bigint := 0;
                    high   bigint := (SELECT position FROM log.head);
                    middle bigint;
                BEGIN
                    WHILE low < high LOOP
                        middle := (low + high + 1) / 2;
                        IF (SELECT recorded_at FROM log.events WHERE position = middle) <= at THEN
                            low := middle;
                        ELSE
                            high := middle - 1;
                        END IF;
                    END LOOP;
                    RETURN low;
                END $$;

                GRANT USAGE ON SCHEMA log TO purser_server;
                GRANT SELECT, INSERT ON log.events, log.streams, log.tiles, log.checkpoints TO purser_server;
                GRANT SELECT, UPDATE (position, term, fence, recorded_at) ON log.head TO purser_server;
                GRANT SELECT, INSERT, DELETE ON log.snapshots, log.keys TO purser_server;
                """#),
        Migration(
            name: "0002_history.sql",
            sql: #"""
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
                """#),
        Migration(
            name: "0003_keep.sql",
            sql: #"""
                -- What others read: tables that are written behind the log (schema projection), views over them and over the log that
                -- are a supported interface (schema purser), and the subscriptions of those who follow the log. Whatever lies in
                -- projection can be dropped and is written again from the log.

                -- How far each table has come.
                CREATE TABLE projection.checkpoints (
                    name     text   PRIMARY KEY,
                    position bigint NOT NULL,            -- everything up to here is in the table
                    rebuilds bigint NOT NULL DEFAULT 0   -- how often it was begun afresh
                ) WITH (fillfactor = 10);
                INSERT INTO projection.checkpoints (name, position) VALUES ('objects', 0), ('usage', 0);

                -- One row for each object that is there.
                CREATE TABLE projection.objects (
                    resource  text   COLLATE "C" NOT NULL, -- deployments.apps
                    namespace text   COLLATE "C" NOT NULL, -- empty for what has none
                    name      text   COLLATE "C" NOT NULL,
                    position  bigint NOT NULL,             -- of its last event
                    revision  bigint NOT NULL,
                    object    jsonb,                       -- null where jsonb cannot hold it
                    PRIMARY KEY (resource, namespace, name)
                ) WITH (fillfactor = 70);

                -- One row for each pod in each usage report.
                CREATE TABLE projection.usage (
                    position    bigint      NOT NULL,
                    observed_at timestamptz NOT NULL,      -- the end of the interval
                    node        text        COLLATE "C" NOT NULL,
                    uid         text        COLLATE "C" NOT NULL,
                    namespace   text        COLLATE "C" NOT NULL,
                    pod         text        COLLATE "C" NOT NULL,
                    owner       text        COLLATE "C" NOT NULL,
                    workload    text        COLLATE "C" NOT NULL,
                    is_final    boolean     NOT NULL,
                    -- Since the pod started on that node.
                    cpu_nanoseconds        bigint NOT NULL,
                    memory_byte_seconds    bigint NOT NULL,
                    io_read_bytes          bigint NOT NULL,
                    io_write_bytes         bigint NOT NULL,
                    network_sent_bytes     bigint NOT NULL,
                    network_received_bytes bigint NOT NULL,
                    -- Since the pod's report before.
                    cpu_nanoseconds_used        bigint NOT NULL,
                    memory_byte_seconds_used    bigint NOT NULL,
                    io_read_bytes_used          bigint NOT NULL,
                    io_write_bytes_used         bigint NOT NULL,
                    network_sent_bytes_used     bigint NOT NULL,
                    network_received_bytes_used bigint NOT NULL,
                    PRIMARY KEY (uid, node, position)
                );
                CREATE INDEX usage_time ON projection.usage USING brin (observed_at) WITH (pages_per_range = 32, autosummarize = on);

                -- The few events that some readers want from all of the log; other events cost it nothing.
                CREATE INDEX events_kept ON log.events (type, position) WHERE type IN ('UsageMeasured', 'KeysDestroyed');

                -- Who follows the log by name, and up to where each has acknowledged it.
                CREATE TABLE log.subscriptions (
                    name       text        COLLATE "C" PRIMARY KEY,
                    filter     text        NOT NULL,       -- canonical JSON
                    position   bigint      NOT NULL,
                    created_at timestamptz NOT NULL,
                    updated_at timestamptz NOT NULL
                ) WITH (fillfactor = 70);

                DO $$ BEGIN
                    ALTER TABLE projection.objects ALTER object SET COMPRESSION lz4;
                EXCEPTION WHEN feature_not_supported THEN NULL; -- a PostgreSQL built without lz4 compresses with pglz
                END $$;

                -- Stored JSON as jsonb; null where jsonb cannot hold it (it has no U+0000).
                CREATE FUNCTION purser.as_jsonb(stored bytea) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
                BEGIN
                    RETURN convert_from(stored, 'UTF8')::jsonb;
                EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
                    RETURN NULL;
                END $$;

                CREATE VIEW purser.desired_state AS
                    SELECT o.resource, o.namespace, o.name,
                        o.object ->> 'kind' AS kind,
                        o.object #>> '{metadata,uid}' AS uid,
                        o.object #> '{metadata,labels}' AS labels,
                        o.position, o.revision, e.recorded_at AS changed_at,
                        o.object - 'status' AS object
                    FROM projection.objects o JOIN log.events e ON e.position = o.position;
                COMMENT ON VIEW purser.desired_state IS
                    'What was asked for: one row for each object, without its status. Values of Secrets are ciphertext.';

                CREATE VIEW purser.actual_state AS
                    SELECT o.resource, o.namespace, o.name,
                        o.object ->> 'kind' AS kind,
                        o.object #>> '{metadata,uid}' AS uid,
                        o.object #>> '{spec,nodeName}' AS node,
                        o.object #>> '{status,phase}' AS phase,
                        o.position, o.revision, e.recorded_at AS changed_at,
                        o.object -> 'status' AS status
                    FROM projection.objects o JOIN log.events e ON e.position = o.position
                    WHERE o.object ? 'status';
                COMMENT ON VIEW purser.actual_state IS 'What was observed: one row for each object that has a status.';

                CREATE VIEW purser.history AS
                    SELECT e.position, e.recorded_at, n.stream,
                        split_part(n.stream, '/', 1) AS resource,
                        CASE WHEN n.stream LIKE '%/%/%' THEN split_part(n.stream, '/', 2) ELSE '' END AS namespace,
                        CASE WHEN n.stream LIKE '%/%/%' THEN split_part(n.stream, '/', 3) ELSE split_part(n.stream, '/', 2) END AS name,
                        e.revision, e.type,
                        j.envelope #>> '{caller,subject}' AS caller,
                        j.envelope #>> '{caller,verb}' AS verb,
                        j.envelope #>> '{caller,userAgent}' AS user_agent,
                        j.envelope #>> '{caller,address}' AS address,
                        e.call, (j.envelope ->> 'cause')::bigint AS cause, (j.envelope ->> 'correlation')::bigint AS correlation,
                        e.is_keyframe, purser.as_jsonb(e.payload) AS payload
                    FROM log.events e
                        LEFT JOIN log.streams s ON s.id = e.stream
                        CROSS JOIN LATERAL (SELECT coalesce(e.subject, s.name) AS stream) n
                        CROSS JOIN LATERAL (SELECT purser.as_jsonb(e.envelope) AS envelope) j;
                COMMENT ON VIEW purser.history IS
                    'Every event. Narrow it by position or recorded_at: other columns are not indexed.';

                CREATE VIEW purser.usage AS SELECT * FROM projection.usage;
                COMMENT ON VIEW purser.usage IS
                    'One row for each pod in each usage report: counters since the pod started, and what was used since the report before.';

                CREATE VIEW purser.projections AS
                    SELECT c.name, c.position, h.position - c.position AS lag FROM projection.checkpoints c CROSS JOIN log.head h;
                COMMENT ON VIEW purser.projections IS 'Up to which position the tables behind the views are, and how many events behind.';

                GRANT USAGE ON SCHEMA projection, purser TO purser_server;
                GRANT SELECT, UPDATE (position, rebuilds) ON projection.checkpoints TO purser_server;
                GRANT SELECT, INSERT, UPDATE, DELETE ON projection.objects, projection.usage, log.subscriptions TO purser_server;

                GRANT USAGE ON SCHEMA purser TO purser_reader;
                GRANT SELECT ON ALL TABLES IN SCHEMA purser TO purser_reader;
                """#),
        Migration(
            name: "0004_cosignatures.sql",
            sql: #"""
                -- Cosignatures of witnesses on signed tree heads (C2SP tlog-cosignature); kept beside the notes outside the database too.
                CREATE TABLE log.cosignatures (
                    size    bigint NOT NULL,                -- of a row of log.checkpoints
                    witness text   COLLATE "C" NOT NULL,    -- the witness' verifier key
                    line    text   COLLATE "C" NOT NULL,    -- the signature's line in the note
                    PRIMARY KEY (size, witness)
                );

                CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON log.cosignatures FOR EACH ROW EXECUTE FUNCTION log.refuse();
                CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON log.cosignatures FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
                ALTER TABLE log.cosignatures ENABLE ALWAYS TRIGGER refuse, ENABLE ALWAYS TRIGGER refuse_truncate;

                GRANT SELECT, INSERT ON log.cosignatures TO purser_server;
                """#),
        Migration(
            name: "0005_persons.sql",
            sql: #"""
                -- Events hold a commitment in the place of a person's name (salt and name lie in log.keys until they are shredded).

                CREATE FUNCTION purser.commitment(entry bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
                    SELECT 'person:' || rtrim(translate(encode(sha256(entry), 'base64'), '+/', '-_'), '=')
                $$;

                CREATE OR REPLACE VIEW purser.history AS
                    SELECT e.position, e.recorded_at, n.stream,
                        split_part(n.stream, '/', 1) AS resource,
                        CASE WHEN n.stream LIKE '%/%/%' THEN split_part(n.stream, '/', 2) ELSE '' END AS namespace,
                        CASE WHEN n.stream LIKE '%/%/%' THEN split_part(n.stream, '/', 3) ELSE split_part(n.stream, '/', 2) END AS name,
                        e.revision, e.type,
                        coalesce(p.name, j.envelope #>> '{caller,subject}') AS caller,
                        j.envelope #>> '{caller,verb}' AS verb,
                        j.envelope #>> '{caller,userAgent}' AS user_agent,
                        j.envelope #>> '{caller,address}' AS address,
                        e.call, (j.envelope ->> 'cause')::bigint AS cause, (j.envelope ->> 'correlation')::bigint AS correlation,
                        e.is_keyframe, purser.as_jsonb(e.payload) AS payload
                    FROM log.events e
                        LEFT JOIN log.streams s ON s.id = e.stream
                        CROSS JOIN LATERAL (SELECT coalesce(e.subject, s.name) AS stream) n
                        CROSS JOIN LATERAL (SELECT purser.as_jsonb(e.envelope) AS envelope) j
                        LEFT JOIN (
                            SELECT purser.commitment(key) AS commitment, convert_from(substr(key, 33), 'UTF8') COLLATE "default" AS name
                            FROM log.keys WHERE starts_with(id, 'person/')
                        ) p ON p.commitment = j.envelope #>> '{caller,subject}';
                """#),
        Migration(
            name: "0006_segments.sql",
            sql: #"""
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
                """#),
        Migration(
            name: "0007_archive.sql",
            sql: #"""
                -- Segments whose bytes lie in files of an archive. What searches, proofs and plain SQL need of their events stays.

                -- Builds what takes a full segment's place, beside it: the same rows without envelope and payload, with all indexes and
                -- refusals. A table left by an earlier try is made anew.
                CREATE FUNCTION log.prepare_archived(segment_first bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '256MB'
                AS $$
                DECLARE
                    segment log.segments;
                    ended   bigint := (SELECT position FROM log.head);
                    old     text := format('log.events_%s', segment_first);
                    slim    text := format('log.archived_%s', segment_first);
                    columns text;
                    index   text;
                    copied  bigint;
                BEGIN
                    SELECT * INTO segment FROM log.segments WHERE first = segment_first;
                    IF segment IS NULL OR segment.first IS NULL THEN
                        RAISE EXCEPTION 'no segment of the log begins at position %', segment_first USING ERRCODE = '55000';
                    END IF;
                    IF segment.file IS NOT NULL THEN
                        RAISE EXCEPTION 'positions % to % are archived already, in %', segment.first, segment.last, segment.file
                            USING ERRCODE = '55000';
                    END IF;
                    IF segment.last > ended OR NOT EXISTS (SELECT FROM log.segments WHERE first = segment.last + 1) THEN
                        RAISE EXCEPTION 'positions % to % are open: the log ends at %', segment.first, segment.last, ended
                            USING ERRCODE = '55000';
                    END IF;

                    EXECUTE format('DROP TABLE IF EXISTS %s', slim);
                    EXECUTE format('CREATE TABLE %s (
                            LIKE log.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION,
                            CONSTRAINT segment CHECK (position >= %s AND position < %s), CHECK (envelope IS NULL AND payload IS NULL)
                        )', slim, segment.first, segment.last + 1);
                    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
                        WHERE attrelid = 'log.events'::regclass AND attnum > 0 AND NOT attisdropped
                            AND attname NOT IN ('envelope', 'payload', 'nodes');
                    EXECUTE format($copy$
                        INSERT INTO %1$s (%2$s, nodes)
                        SELECT %2$s, CASE WHEN type = 'PodBound' THEN
                                ARRAY(SELECT m[1] FROM regexp_matches(convert_from(payload, 'UTF8'), '"nodeName":"([^"\\]*)"', 'g') m)
                            END
                        FROM %3$s ORDER BY position
                        $copy$, slim, columns, old);
                    GET DIAGNOSTICS copied = ROW_COUNT;
                    IF copied <> segment.last - segment.first + 1 THEN
                        RAISE EXCEPTION 'positions % to % have % events: look at them with `purser audit verify`',
                            segment.first, segment.last, copied USING ERRCODE = '55000';
                    END IF;

                    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (position)', slim);
                    FOR index IN
                        SELECT pg_get_indexdef(indexrelid) FROM pg_index
                        WHERE indrelid = 'log.events'::regclass AND NOT indisprimary ORDER BY indexrelid
                    LOOP
                        EXECUTE regexp_replace(index, 'INDEX \S+ ON ONLY log\.events ', format('INDEX ON %s ', slim));
                    END LOOP;
                    PERFORM log.guard(slim::regclass);
                    RETURN copied;
                END $$;

                -- Puts that in the segment's place, in one step. Whoever reads or appends waits for it, but never long for it to begin:
                -- it gives up where it would have to wait for others.
                CREATE FUNCTION log.archive_segment(segment_first bigint, to_file text, file_sha256 bytea) RETURNS void
                LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
                AS $$
                DECLARE
                    ended bigint;
                BEGIN
                    LOCK TABLE log.events IN ACCESS EXCLUSIVE MODE;
                    UPDATE log.segments SET file = to_file, sha256 = file_sha256, archived_at = now()
                        WHERE first = segment_first AND file IS NULL RETURNING last INTO ended;
                    IF ended IS NULL THEN
                        RAISE EXCEPTION 'the segment at position % is archived already', segment_first USING ERRCODE = '55000';
                    END IF;
                    EXECUTE format('ALTER TABLE log.events DETACH PARTITION log.events_%s', segment_first);
                    EXECUTE format('DROP TABLE log.events_%s', segment_first);
                    EXECUTE format('ALTER TABLE log.archived_%1$s RENAME TO events_%1$s', segment_first);
                    EXECUTE format('ALTER TABLE log.events ATTACH PARTITION log.events_%s FOR VALUES FROM (%s) TO (%s)',
                        segment_first, segment_first, ended + 1);
                    EXECUTE format('ALTER TABLE log.events_%s DROP CONSTRAINT segment', segment_first);
                END $$;

                REVOKE ALL ON FUNCTION log.prepare_archived, log.archive_segment FROM PUBLIC;
                """#),
        Migration(
            name: "0008_views.sql",
            sql: #"""
                -- The time of an object's last change is looked up for the rows that are shown, each in the one segment that has it:
                -- joined, a view of all objects would read all of the log.

                CREATE OR REPLACE VIEW purser.desired_state AS
                    SELECT o.resource, o.namespace, o.name,
                        o.object ->> 'kind' AS kind,
                        o.object #>> '{metadata,uid}' AS uid,
                        o.object #> '{metadata,labels}' AS labels,
                        o.position, o.revision,
                        (SELECT e.recorded_at FROM log.events e WHERE e.position = o.position) AS changed_at,
                        o.object - 'status' AS object
                    FROM projection.objects o;

                CREATE OR REPLACE VIEW purser.actual_state AS
                    SELECT o.resource, o.namespace, o.name,
                        o.object ->> 'kind' AS kind,
                        o.object #>> '{metadata,uid}' AS uid,
                        o.object #>> '{spec,nodeName}' AS node,
                        o.object #>> '{status,phase}' AS phase,
                        o.position, o.revision,
                        (SELECT e.recorded_at FROM log.events e WHERE e.position = o.position) AS changed_at,
                        o.object -> 'status' AS status
                    FROM projection.objects o
                    WHERE o.object ? 'status';
                """#),
        Migration(
            name: "0009_event_versions.sql",
            sql: #"""
                -- The version of an event's type, one more copy out of the envelope. Null stands for 1 and costs no byte of a row.
                ALTER TABLE log.events ADD COLUMN version integer;

                -- As before, with the version in whose form the payload is.
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
                        e.is_keyframe, purser.as_jsonb(e.payload) AS payload,
                        coalesce(e.version, 1) AS version
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
                """#),
        Migration(
            name: "0010_members.sql",
            sql: #"""
                -- Which members of its object an event sets, as far as a few bits tell; null where they do not. An object of the past is
                -- put together from its keyframe and the newest event of each member, however many lie between: the index tells which.
                ALTER TABLE log.events ADD COLUMN members smallint;

                DROP INDEX log.events_stream;
                CREATE INDEX events_stream ON log.events (stream, position) INCLUDE (revision, members) WHERE revision > 0;
                """#),
        Migration(
            name: "0011_locks.sql",
            sql: #"""
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
                """#),
        Migration(
            name: "0012_rollback_heads.sql",
            sql: #"""
                -- A search that passes over what changes no state finds the events that head rollbacks all the same: they are changes of
                -- many objects, though of none by themselves.
                DO $$
                BEGIN
                    EXECUTE replace(
                        pg_get_functiondef('log.find'::regproc), $old$' AND revision > 0'$old$,
                        $new$' AND (revision > 0 OR type IN (''ClusterRolledBack'', ''SelectionRolledBack''))'$new$);
                END $$;
                """#),
    ]
}
