-- A search that passes over what changes no state finds the events that head rollbacks all the same: they are changes of
-- many objects, though of none by themselves.
DO $$
BEGIN
    EXECUTE replace(
        pg_get_functiondef('log.find'::regproc), $old$' AND revision > 0'$old$,
        $new$' AND (revision > 0 OR type IN (''ClusterRolledBack'', ''SelectionRolledBack''))'$new$);
END $$;
