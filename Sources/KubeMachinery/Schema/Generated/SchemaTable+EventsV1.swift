// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let eventsV1: StaticString = #"""
        package events/v1
        @Event
        action 6 s o
        apiVersion 0 s o
        deprecatedCount 15 i o
        deprecatedFirstTimestamp 13 t o
        deprecatedLastTimestamp 14 t o
        deprecatedSource 12 @core/v1.EventSource o
        eventTime 2 T !
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta
        note 10 s o
        reason 7 s o
        regarding 8 @core/v1.ObjectReference o
        related 9 @core/v1.ObjectReference * o
        reportingController 4 s o
        reportingInstance 5 s o
        series 3 @EventSeries * o
        type 11 s o
        @EventList
        apiVersion 0 s o
        items 2 [@Event !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @EventSeries
        count 1 i !
        lastObservedTime 2 T !
        """#
}
