// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds out what keeps accounts from being dropped, in every database of the server.
///
/// `pg_shdepend` is shared by all databases, so one connection tells how many things of what kind depend on a role and
/// where; only their names need a connection to each database
/// (<https://www.postgresql.org/docs/current/catalog-pg-shdepend.html>).
struct BlockerReader {
    let connection: PostgresConnection
    let connector: InstanceConnector

    func blockers(
        of roles: [Catalogue.Role],
        named: Bool,
        until deadline: ContinuousClock.Instant
    ) async throws -> [Int: [DropBlocker]] {
        let result = try await connection.query(
            """
            SELECT s.refobjid, d.datname, s.classid::regclass::text, s.deptype, count(*)
            FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
            WHERE s.refclassid = 'pg_authid'::regclass
                AND s.refobjid IN (\(roles.map { SQLText.integer($0.id) }.joined()))
            GROUP BY s.refobjid, d.datname, s.classid, s.deptype
            """,
            deadline: deadline
        )
        let names = Dictionary(uniqueKeysWithValues: roles.map { ($0.id, $0.name) })
        var found: [Int: [DropBlocker]] = [:]
        for row in 0..<result.rowCount {
            guard let id = result.int(row, 0), let role = names[id] else { continue }
            let dependency = Dependency(
                role: role, database: result.string(row, 1), catalogue: result.string(row, 2) ?? "?",
                kind: result.string(row, 3) ?? "?", count: result.int(row, 4) ?? 1
            )
            found[id, default: []].append(dependency.blocker)
        }
        guard named, !found.isEmpty else { return found }
        return try await withNames(found, names, until: deadline)
    }

    private func withNames(
        _ found: [Int: [DropBlocker]],
        _ roles: [Int: String],
        until deadline: ContinuousClock.Instant
    ) async throws -> [Int: [DropBlocker]] {
        var named = found.mapValues { $0.filter { $0.database == nil } }
        for database in Set(found.values.flatMap { $0.compactMap(\.database) }).sorted() {
            let reader = try await connector.connect(
                to: connector.configuration.writer, deadline: deadline, database: database
            )
            let rows = await Result.catching { try await names(in: database, roles, reader, until: deadline) }
            await reader.close()
            for (id, blockers) in try rows.get() { named[id, default: []] += blockers }
        }
        return named
    }

    private func names(
        in database: String,
        _ roles: [Int: String],
        _ reader: PostgresConnection,
        until deadline: ContinuousClock.Instant
    ) async throws -> [Int: [DropBlocker]] {
        let result = try await reader.query(
            """
            SELECT s.refobjid, s.deptype, i.type, i.identity
            FROM pg_shdepend s, pg_identify_object(s.classid, s.objid, s.objsubid) i
            WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND s.refclassid = 'pg_authid'::regclass
                AND s.refobjid IN (\(roles.keys.sorted().map(SQLText.integer).joined()))
            """,
            deadline: deadline
        )
        var blockers: [Int: [DropBlocker]] = [:]
        for row in 0..<result.rowCount {
            guard let id = result.int(row, 0), let role = roles[id] else { continue }
            let (kind, type) = (result.string(row, 1) ?? "?", result.string(row, 2) ?? "object")
            let identity = result.string(row, 3) ?? "?"
            let object = NamedDependency(role: role, kind: kind, type: type, identity: identity)
            blockers[id, default: []].append(object.blocker(in: database))
        }
        return blockers
    }
}

/// Things of one kind in one database that depend on a role.
private struct Dependency {
    let role: String
    let database: String?
    let catalogue: String
    let kind: String
    let count: Int

    var blocker: DropBlocker {
        DropBlocker(database: database, kind: description, count: count, statement: statement)
    }

    private var description: String {
        let thing = Self.things[catalogue] ?? "objects (\(catalogue))"
        switch kind {
        case "o": return thing
        case "r": return "policies on \(thing)"
        default: return "privileges on \(thing)"
        }
    }

    private static let things = [
        "pg_class": "tables, views or sequences", "pg_proc": "functions", "pg_namespace": "schemas",
        "pg_type": "types", "pg_database": "databases", "pg_default_acl": "default privileges",
        "pg_auth_members": "memberships that it granted", "pg_largeobject": "large objects",
        "pg_foreign_server": "foreign servers", "pg_tablespace": "tablespaces", "pg_policy": "policies",
    ]

    /// Never `DROP OWNED` alone: it drops. The owner of the database decides who is to have the objects.
    private var statement: String? {
        guard let database else { return nil }
        let account = quotedForPeople(role)
        return "\\connect \(quotedForPeople(database))\nREASSIGN OWNED BY \(account) TO new_owner; "
            + "-- check SECURITY DEFINER functions first: they run with the new owner's rights\n"
            + "DROP OWNED BY \(account); -- then takes away the privileges that are left"
    }
}

/// One thing that depends on a role.
private struct NamedDependency {
    let role: String
    let kind: String
    let type: String
    let identity: String

    func blocker(in database: String) -> DropBlocker {
        let account = quotedForPeople(role)
        switch kind {
        case "o":
            return DropBlocker(
                database: database, kind: type, count: 1, name: identity,
                statement: "ALTER \(type.uppercased()) \(identity) OWNER TO new_owner;"
            )
        default:
            return DropBlocker(
                database: database, kind: "privileges on \(type)", count: 1, name: identity,
                statement: "REVOKE ALL ON \(type == "table" ? "" : type.uppercased() + " ")\(identity) FROM \(account);"
            )
        }
    }
}

extension Result where Failure == any Error {
    static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
