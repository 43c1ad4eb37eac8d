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
