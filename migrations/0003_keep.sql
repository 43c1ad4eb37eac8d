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
