// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport

extension TestEngine {
    /// The longest name of the engine, of one letter that is a single byte.
    func longestName(_ letter: Character) -> AccountName {
        switch self {
        case .postgres: AccountName(String(repeating: letter, count: 63))
        case .mysql: AccountName(String(repeating: letter, count: 32))
        }
    }

    /// Names that nobody is given, and why.
    var refusedNames: [(name: AccountName, kind: Conflict.Kind)] {
        let longest = longestName("x").rawValue
        let tooLong = [AccountName(longest + "x"), AccountName(longest + "y")] + lostNames
        return Self.refusedNames + tooLong.map { ($0, .nameInvalid) } + reservedNames.map { ($0, .nameReserved) }
            + takenNames.map { ($0, .nameTaken) }
    }

    /// For whatever engine.
    private static let refusedNames: [(name: AccountName, kind: Conflict.Kind)] = [
        ("", .nameMissing), ("a\"b", .nameInvalid), ("a'b", .nameInvalid), ("a\\b", .nameInvalid),
        ("a;DROP ROLE readers", .nameInvalid), ("$$", .nameInvalid), ("a,b", .nameInvalid), ("a#b", .nameInvalid),
        ("a*b", .nameInvalid), ("%s", .nameInvalid), ("😀", .nameInvalid), ("\u{200F}ann", .nameInvalid),
        ("ann\u{202E}", .nameInvalid), ("zero\u{200B}width", .nameInvalid), ("jose\u{301}", .nameInvalid),
        ("line\nbreak", .nameInvalid), ("tab\tulator", .nameInvalid), ("nul\u{0}", .nameInvalid),
        ("rdsadmin", .nameReserved), ("rdsrepladmin", .nameReserved), ("rdsproxyadmin", .nameReserved),
        ("rds_iam", .nameReserved), ("rds_superuser", .nameReserved), ("rds_new", .nameReserved),
        ("sso_provisioner", .nameReserved), ("readers", .nameTaken), ("dba", .nameTaken),
    ]

    /// Few characters of many bytes, where bytes count, and what the engine would not keep.
    private var lostNames: [AccountName] {
        switch self {
        case .postgres: [AccountName(String(repeating: "é", count: 32))]
        case .mysql: ["trailing ", " leading", "𝒜"]
        }
    }

    private var reservedNames: [AccountName] {
        switch self {
        case .postgres:
            ["pg_monitor", "pg_new", "public", "none", "sso_sync_owner_test_01", "sso_sync_owner_new"]
        case .mysql: ["mysql.sys", "mysql.new", "root", "pg_new"]
        }
    }

    private var takenNames: [AccountName] {
        switch self {
        case .postgres: ["postgres"]
        case .mysql: ["admin"]
        }
    }

    /// Names that look like trouble and are none.
    var oddNames: [AccountName] {
        switch self {
        case .postgres:
            Self.oddNames + [
                " leading", "trailing ", longestName("x"), AccountName(String(repeating: "é", count: 31) + "z"),
            ]
        case .mysql: Self.oddNames + [longestName("x"), AccountName(String(repeating: "é", count: 32)), "a@b@c"]
        }
    }

    /// For whatever engine.
    private static let oddNames: [AccountName] = [
        "ann smith", "a=b", "=", "a:b", "a/b", "a//../b", "a+b", "+rds_iam", "a@b.example", ".", "-rf",
        "--",
        "Ann", "123", "0", "select", "user", "current_user", "session_user", "default", "all", "replication",
        "sameuser",
        "null", "rdsilva", "rds", "pgadmin", "mysql", "sso_sync", "Ünïcödé", "Straße", "用户", "Ⅻ", "٣٤", "no\u{A0}break",
    ]

    /// Names of roles that look like trouble and are granted like any other.
    var hostileRoles: [RoleName] {
        switch self {
        case .postgres: Self.hostileRoles + ["r😀"]
        case .mysql: Self.hostileRoles + ["r`backtick", "r@%"]
        }
    }

    /// For whatever engine.
    private static let hostileRoles: [RoleName] = [
        "r\"quote", "r'apostrophe", "r;DROP ROLE readers--", "r\\backslash", "r$1", "R Upper", "\u{200F}right",
        "r\u{212B}",
        "r\u{C5}", "select", "r, readers",
    ]

    /// Names of accounts that are not ours and that look like trouble.
    var hostileNames: [AccountName] {
        switch self {
        case .postgres: Self.hostileNames + ["😀"]
        case .mysql: Self.hostileNames + ["x`y", "p1@%"]
        }
    }

    /// For whatever engine.
    private static let hostileNames: [AccountName] = [
        "o\"neil", "o'neil", "x;y", "back\\slash", "\u{200F}r", "$$", "p 1", "P1", "a, b", "p1--",
    ]
}
