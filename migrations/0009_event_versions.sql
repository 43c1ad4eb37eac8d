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
