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
