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
                role: role,
                database: result.string(row, 1),
                catalogue: result.string(row, 2) ?? "?",
                kind: result.string(row, 3) ?? "?",
                count: result.int(row, 4) ?? 1
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
                to: connector.configuration.writer,
                deadline: deadline,
                database: database
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
        // A privilege on a column goes with those on its table. A sequence that belongs to a column has its table's owner.
        let result = try await reader.query(
            """
            SELECT DISTINCT s.refobjid, s.deptype, i.type, i.identity
            FROM pg_shdepend s,
                pg_identify_object(s.classid, s.objid, CASE s.deptype WHEN 'a' THEN 0 ELSE s.objsubid END) i
            WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND s.refclassid = 'pg_authid'::regclass
                AND s.refobjid IN (\(roles.keys.sorted().map(SQLText.integer).joined()))
                AND NOT (s.deptype = 'o' AND EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = s.classid AND d.objid = s.objid AND d.classid = 'pg_class'::regclass
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')))
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

    private var statement: String? {
        // What it granted is reported with the memberships that it granted it by.
        catalogue == "pg_auth_members" ? nil : Self.statement(role: role, database: database)
    }

    /// Never `DROP OWNED` alone: it drops.
    ///
    /// The owner of the database decides who is to have the objects.
    static func statement(role: String, database: String?) -> String {
        let account = quotedForPeople(role)
        return (database.map { "\\connect \(quotedForPeople($0))\n" } ?? "")
            + "REASSIGN OWNED BY \(account) TO new_owner; "
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
        var kind = type
        var statement: String?
        switch self.kind {
        case "o":
            statement = Self.owned[type].map { "ALTER \($0) \(identity) OWNER TO new_owner;" }
        case "a":
            kind = "privileges on \(type)"
            statement = Self.granted[type].map { "REVOKE ALL ON \($0) \(identity) FROM \(account);" }
        default: break
        }
        return DropBlocker(
            database: database,
            kind: kind,
            count: 1,
            name: identity,
            statement: statement.map { "\\connect \(quotedForPeople(database))\n\($0)" }
                ?? Dependency.statement(role: role, database: database)
        )
    }

    /// What `ALTER … OWNER` calls what `pg_identify_object` names.
    private static let owned: [String: String] = [
        "table": "TABLE", "view": "VIEW", "materialized view": "MATERIALIZED VIEW", "foreign table": "FOREIGN TABLE",
        "sequence": "SEQUENCE", "function": "FUNCTION", "procedure": "PROCEDURE", "aggregate": "AGGREGATE",
        "type": "TYPE", "schema": "SCHEMA", "large object": "LARGE OBJECT", "publication": "PUBLICATION",
        "statistics object": "STATISTICS", "server": "SERVER", "foreign-data wrapper": "FOREIGN DATA WRAPPER",
    ]

    /// What `REVOKE … ON` calls it.
    private static let granted: [String: String] = [
        "table": "TABLE", "view": "TABLE", "materialized view": "TABLE", "foreign table": "TABLE",
        "sequence": "SEQUENCE", "function": "FUNCTION", "procedure": "PROCEDURE", "aggregate": "FUNCTION",
        "type": "TYPE", "schema": "SCHEMA", "large object": "LARGE OBJECT", "language": "LANGUAGE",
        "server": "FOREIGN SERVER", "foreign-data wrapper": "FOREIGN DATA WRAPPER",
    ]
}
