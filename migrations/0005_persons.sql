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
