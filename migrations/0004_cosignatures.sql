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
