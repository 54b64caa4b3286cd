// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Things of one kind in one database that depend on a role.
struct Dependency {
    let role: String
    let database: String?
    let catalogue: String
    let kind: String
    let count: Int
    /// What takes back the memberships that the role granted; nil if it granted none.
    let revocation: String?

    var blocker: DropBlocker {
        DropBlocker(database: database, kind: description, count: count, statement: statement)
    }

    private var description: String {
        let thing = Self.things[catalogue] ?? "objects (\(catalogue))"
        switch kind {
        case "o": return thing
        case "r": return "policies on \(thing)"
        case _ where catalogue == "pg_auth_members": return thing
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
        catalogue == "pg_auth_members" ? revocation : Self.statement(role: role, database: database)
    }

    /// Never `DROP OWNED` alone: it drops.
    ///
    /// The owner of the database decides who is to have the objects.
    static func statement(role: String, database: String?) -> String {
        let account = quotedForPeople(role)
        return (database.map(connecting(to:)) ?? "")
            + "REASSIGN OWNED BY \(account) TO new_owner; "
            + "-- check SECURITY DEFINER functions first: they run with the new owner's rights\n"
            + "DROP OWNED BY \(account); -- then takes away the privileges that are left"
    }

    /// psql's way to another database.
    ///
    /// It ends with the line and takes some names for more than a name
    /// (<https://www.postgresql.org/docs/current/app-psql.html>, `\connect`), so those are only told.
    static func connecting(to database: String) -> String {
        let isAddress = database.hasPrefix("postgres://") || database.hasPrefix("postgresql://")
        let isPlain = !isAddress && !database.contains { $0.isNewline || $0 == "=" }
        guard isPlain else { return "-- in database \(database.debugDescription)\n" }
        return "\\connect \(quotedForPeople(database))\n"
    }
}

/// One thing that depends on a role.
struct NamedDependency {
    let role: String
    let kind: String
    let type: String
    let identity: String

    func blocker(in database: String) -> DropBlocker {
        let account = quotedForPeople(role)
        var kind = type
        var statement: String?
        // A name with a line break in it could pass for a statement of its own.
        switch identity.contains(where: \.isNewline) ? "" : self.kind {
        case "o":
            statement = Self.owned[type].map {
                "ALTER \($0) \(identity) OWNER TO new_owner;\(Self.caution[type] ?? "")"
            }
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
            statement: statement.map { Dependency.connecting(to: database) + $0 }
                ?? Dependency.statement(role: role, database: database)
        )
    }

    /// What runs with its owner's rights.
    private static let caution: [String: String] = [
        "function": " -- check SECURITY DEFINER first: it runs with the new owner's rights",
        "procedure": " -- check SECURITY DEFINER first: it runs with the new owner's rights",
        "view": " -- reads with the new owner's rights",
        "materialized view": " -- is refreshed with the new owner's rights",
    ]

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
