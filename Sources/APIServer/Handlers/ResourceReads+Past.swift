import CommandHandling
import ControlPlane
import Domain
import EventLog
import KubeMachinery
import KubeModel

extension ResourceReads {
    /// A page of a list as of a position; later pages go on behind a name, for as long as there is a log.
    func pastList(
        _ type: ResourceType, namespace: String, name: String, _ options: ListOptions, at position: Position,
        after: ObjectName?
    ) async throws(KubeStatus) -> Page {
        let limit = options.limit ?? .max
        let names = try await log {
            try await cluster.history.names(
                type.storage, namespace: namespace.isEmpty ? nil : namespace, at: position)
        }.filter { key in (name.isEmpty || key.name == name) && after.map { $0 < key } ?? true }
        var page = Page(objects: [], position: position, recordedAt: try await recordedAt(position))
        var rest = names[...]
        while page.objects.count < limit, !rest.isEmpty {
            let chunk = rest.prefix(max(min(limit - page.objects.count, 500), 50))
            rest = rest.dropFirst(chunk.count)
            let found = try await log { try await cluster.history.list(type.storage, chunk, at: position) }
            for (key, object) in found where Self.isSelected(object, key, name, options) {
                page.objects.append(object)
                guard page.objects.count == limit else { continue }
                if key != names.last { page.continueToken = ContinueToken(position: position, name: key).text }
                break
            }
        }
        return page
    }

    /// When a position was recorded; nil before the first event.
    func recordedAt(_ position: Position) async throws(KubeStatus) -> Timestamp? {
        guard position > 0 else { return nil }
        return try await log { try await cluster.log.read(after: position - 1, limit: 1, filter: .all) }.first?
            .recordedAt
    }
}
