import Postgres

/// The projections by the names of their checkpoints.
enum Projection: String, CaseIterable, Sendable {
    case objects, usage

    /// Empties the table and counts a rebuild. `$1` is the checkpoint that must hold, or null for any.
    ///
    /// Rows are deleted rather than truncated away: who reads meanwhile sees rows and checkpoint that belong together.
    var clear: PostgresStatement {
        PostgresStatement(
            "clear_\(rawValue)",
            """
            WITH moved AS (
                UPDATE projection.checkpoints SET position = 0, rebuilds = rebuilds + 1
                WHERE name = '\(rawValue)' AND ($1::bigint IS NULL OR position = $1)
                RETURNING name
            ) DELETE FROM projection.\(rawValue) USING moved
            """)
    }

    /// Moves the checkpoint from `$1` to `$2` if it is there, and gives one row then: what a write of rows hangs on.
    static func moving(_ projection: Projection) -> String {
        """
        moved AS (
            UPDATE projection.checkpoints SET position = $2
            WHERE name = '\(projection.rawValue)' AND position = $1 RETURNING name
        )
        """
    }
}
