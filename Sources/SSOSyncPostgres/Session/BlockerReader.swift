// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Finds out what keeps accounts from being dropped, in every database of the server.
///
/// `pg_shdepend` is shared by all databases, so one connection tells how many things of what kind depend on a role and
/// where; only their names need a connection to each database
/// (<https://www.postgresql.org/docs/current/catalog-pg-shdepend.html>).
struct BlockerReader {
    let connection: PostgresConnection
    let connector: InstanceConnector

    /// Statements that take back what an account granted to others, by its id.
    let revocation: (Int) -> String?

    /// What was found.
    struct Found {
        /// By account.
        var blockers: [Int: [DropBlocker]] = [:]
        /// Databases whose names could not be read.
        var notices: [String] = []
    }

    func blockers(of roles: [Catalogue.Role], named: Bool, until deadline: ContinuousClock.Instant) async throws
        -> Found
    {
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
        var found = Found()
        for row in 0..<result.rowCount {
            guard let id = result.int(row, 0), let role = names[id] else { continue }
            let dependency = Dependency(
                role: role,
                database: result.string(row, 1),
                catalogue: result.string(row, 2) ?? "?",
                kind: result.string(row, 3) ?? "?",
                count: result.int(row, 4) ?? 1,
                revocation: revocation(id)
            )
            found.blockers[id, default: []].append(dependency.blocker)
        }
        guard named else { return found }
        let limit = ContinuousClock.now.advanced(by: Self.timeForNames)
        return try await withNames(found, names, until: min(deadline, limit))
    }

    /// The session that has the lock is idle meanwhile, and the server ends one that has been so for a minute.
    private static let timeForNames: Duration = .seconds(20)

    /// A database that does not let us in keeps its counts: its names were a favour.
    private func withNames(_ found: Found, _ roles: [Int: String], until deadline: ContinuousClock.Instant) async throws
        -> Found
    {
        var named = found
        for database in Set(found.blockers.values.flatMap { $0.compactMap(\.database) }).sorted() {
            do {
                let things = try await names(in: database, roles, until: deadline)
                for id in found.blockers.keys {
                    named.blockers[id]?.removeAll { $0.database == database }
                    named.blockers[id]? += things[id] ?? []
                }
            } catch {
                try Task.checkCancellation()
                let grant =
                    "GRANT CONNECT ON DATABASE \(quotedForPeople(database)) TO "
                    + "\(quotedForPeople(connector.configuration.user))"
                named.notices.append(
                    "what is in database \(database) could not be named: \(error); if it is a right that lacks, run \(grant)"
                )
            }
        }
        return named
    }

    private func names(
        in database: String,
        _ roles: [Int: String],
        until deadline: ContinuousClock.Instant
    ) async throws -> [Int: [DropBlocker]] {
        let writer = connector.configuration.writer
        let reader = try await connector.connect(to: writer, deadline: deadline, database: database)
        let names = await Result.catching { try await self.names(in: database, roles, reader, until: deadline) }
        await reader.close()
        return try names.get()
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
