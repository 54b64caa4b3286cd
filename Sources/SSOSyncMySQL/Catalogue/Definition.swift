// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A view, routine, trigger or event that goes by the name of whoever defined it.
///
/// The server refuses to drop or rename that account (error 4006), and runs the code with its rights meanwhile
/// (<https://dev.mysql.com/doc/refman/8.4/en/stored-objects-security.html>).
struct Definition: Hashable, Sendable {
    let kind: String
    let schema: String
    let name: String
    /// Whether the server runs it by itself: an event that is enabled, or that runs for the only time.
    let isRunning: Bool
    /// Whether a session that is in it shows as the definer's: a trigger, or a routine or view that has its definer's rights.
    ///
    /// Of a view only functions in it that have their invoker's rights do so (measured).
    let disguises: Bool

    init?(_ rows: MySQLResult, _ row: Int) {
        guard let kind = rows.string(row, 1), let schema = rows.string(row, 2), let name = rows.string(row, 3) else {
            return nil
        }
        (self.kind, self.schema, self.name) = (kind, schema, name)
        isRunning = rows.bool(row, 4) ?? false
        disguises = rows.bool(row, 5) ?? false
    }

    /// What somebody has to run so that it goes by another name.
    ///
    /// Whoever alters an event becomes its definer (<https://dev.mysql.com/doc/refman/8.4/en/alter-event.html>).
    private var statement: String {
        let place = "\(identifierForPeople(schema)).\(identifierForPeople(name))"
        switch kind {
        case "event": return "ALTER EVENT \(place) DISABLE;"
        case "view": return "SHOW CREATE VIEW \(place); -- then ALTER DEFINER = CURRENT_USER VIEW \(place) AS …"
        default:
            return "SHOW CREATE \(kind.uppercased()) \(place); -- then drop it, and create it anew with another DEFINER"
        }
    }

    /// Events that run are told one by one, whether names are asked for or not: somebody has to look at each of them.
    static func blockers(_ definitions: [Definition], named: Bool) -> [DropBlocker] {
        let single = definitions.filter { named || $0.isRunning }.map { definition in
            DropBlocker(
                database: definition.schema,
                kind: definition.kind,
                count: 1,
                name: definition.name,
                statement: definition.statement,
                isRunning: definition.isRunning
            )
        }
        guard !named else { return single }
        let others = Dictionary(grouping: definitions.filter { !$0.isRunning }) { [$0.schema, $0.kind] }
        return single + others.values.map { DropBlocker(database: $0[0].schema, kind: $0[0].kind, count: $0.count) }
    }
}
