// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport

extension TestEngine {
    /// Rights that our accounts never have, in the engine's words for them.
    ///
    /// All but those of ``shieldingRights`` leave an account within the provisioner's reach.
    var rights: [String] {
        switch self {
        case .postgres: ["CREATEROLE", "BYPASSRLS", "REPLICATION", "CREATEDB"]
        case .mysql: ["CREATE USER", "PROCESS", "ROLE_ADMIN", "SYSTEM_USER"]
        }
    }

    /// The rights by which an account is out of the provisioner's reach.
    var shieldingRights: Set<String> {
        switch self {
        // Before PostgreSQL 16 nobody but a superuser may touch a role with REPLICATION.
        case .postgres(let version): version < 16 ? ["REPLICATION"] : []
        case .mysql: ["SYSTEM_USER"]
        }
    }

    /// Rights by which a role is privileged, so that nobody is granted it.
    var privileges: [String] {
        switch self {
        case .postgres: ["pg_execute_server_program", "rds_superuser", "CREATEROLE", "REPLICATION"]
        case .mysql: ["rds_superuser_role", "CREATE USER", "FILE", "CONNECTION_ADMIN"]
        }
    }

    /// A right that has nothing to do with accounts.
    var lesserRight: String {
        switch self {
        case .postgres: "CREATEDB"
        case .mysql: "PROCESS"
        }
    }

    /// The right to make accounts and to change those of others.
    var administrativeRight: String {
        switch self {
        case .postgres: "CREATEROLE"
        case .mysql: "CREATE USER"
        }
    }

    /// The right that puts an account out of everybody's reach who has it not.
    var superuserRight: String {
        switch self {
        case .postgres: "SUPERUSER"
        case .mysql: "SYSTEM_USER"
        }
    }

    /// Whether that right keeps the roles of an account from being taken away as well.
    var shieldsRoles: Bool {
        switch self {
        case .postgres: false
        case .mysql: true
        }
    }

    /// The accounts that there are on every server of a test, and that log in: the provisioner and its masters.
    var ownAccounts: Set<AccountName> {
        switch self {
        case .postgres: ["sso_provisioner", "dba", "postgres", "rdsadmin"]
        case .mysql: ["sso_provisioner", "dba", "admin", "root@localhost", "rdsadmin@localhost", "rdsrepladmin"]
        }
    }

    /// The master user, as RDS has one.
    var master: AccountName {
        switch self {
        case .postgres: "postgres"
        case .mysql: "admin"
        }
    }

    /// The engine's word for several functions that belong to an account.
    var kindOfObjects: String {
        switch self {
        case .postgres: "functions"
        case .mysql: "function"
        }
    }

    /// Whether the server records who granted a role, and keeps what somebody else did from being revoked by us.
    var othersGrantsStay: Bool {
        switch self {
        case .postgres(let version): version >= 16
        case .mysql: false
        }
    }

    /// Whether an account that something belongs to can be renamed.
    var renamesOwners: Bool {
        switch self {
        case .postgres: true
        case .mysql: false
        }
    }

    /// Whether somebody's transaction can be in the way of one account and of no other.
    var holdsSingleAccounts: Bool {
        switch self {
        case .postgres: true
        case .mysql: false
        }
    }

    /// Whether a statement of a run's script gives an account that name, which is plain.
    func isRenaming(_ statement: String, to name: AccountName) -> Bool {
        switch self {
        case .postgres: statement.hasSuffix("RENAME TO \"\(name)\";")
        case .mysql: statement.hasPrefix("RENAME USER") && statement.hasSuffix(" TO '\(name)'@'%';")
        }
    }

    /// Texts that can stand where a marker stands, and that say so, and that no code of this version can read.
    var unreadableMarkers: [String] {
        switch self {
        case .postgres:
            Self.unreadableMarkers + [
                #"{"sso-sync":{"v":1,"owner":"test","directory":"d-1234567890","user":"ann""#,
                #"not JSON, but it says "sso-sync""#,
            ]
        case .mysql: Self.unreadableMarkers + [#"{"sso-sync": "active"}"#, #"{"sso-sync": []}"#]
        }
    }

    /// For whatever engine.
    private static let unreadableMarkers = [
        #"{"sso-sync":{"v":2,"owner":"test","directory":"d-1234567890","user":"ann","mood":"good"}}"#,
        #"{"sso-sync":{}}"#,
        #"{"sso-sync":{"v":1,"owner":"test","directory":"d-1234567890","user":"ann","state":"unknown"}}"#,
        #"{"sso-sync":{"v":99999999999999999999999}}"#,
    ]

    /// What is left of a marker that was cut off, or the nearest thing to it.
    var brokenMarker: String {
        switch self {
        case .postgres: #"{"sso-sync":"#
        case .mysql: #"{"sso-sync": {"v": 1}}"#
        }
    }
}
