// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// What the provisioner is allowed, compared with what it needs.
struct ProvisionerRights {
    let rights: Set<String>
    let login: AccountId

    /// How the provisioner ends a session.
    enum Kill: Sendable {
        /// `KILL`.
        case statement
        /// `CALL mysql.rds_kill`, for logins that RDS gives no more
        /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-stored-proc-ending.html>).
        case procedure

        func sql(_ connection: UInt64) -> SQLText {
            switch self {
            case .statement: "KILL \(Int(clamping: connection))"
            case .procedure: "CALL mysql.rds_kill(\(Int(clamping: connection)))"
            }
        }
    }

    /// What is needed on everything, and what for.
    static let needed: [(privilege: String, reason: String)] = [
        ("CREATE USER", "make and change accounts"),
        ("PROCESS", "see who is connected"),
        ("SHOW VIEW", "see which views go by an account's name"),
        ("TRIGGER", "see which triggers go by an account's name"),
        ("EVENT", "see which events run with an account's rights"),
    ]

    /// Any of these on everything shows the routines of others (measured), the least dangerous first.
    ///
    /// The first is given by Aurora's master user only
    /// (<https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html#priv_show-routine>).
    static let showRoutines = ["SHOW_ROUTINE", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "SELECT"]

    var kill: Kill? {
        if rights.contains("CONNECTION_ADMIN") || rights.contains("SUPER") { return .statement }
        let mayCall = rights.contains(CatalogueReading.killProcedure) || rights.contains("EXECUTE")
        return mayCall ? .procedure : nil
    }

    /// - Throws: `SyncError` that names what is missing, and the statement that mends it.
    func check(place: String) throws {
        for (privilege, reason) in Self.needed where !rights.contains(privilege) {
            throw SyncError(
                .privilege,
                "\(login.forPeople) cannot \(reason) on \(place): run GRANT \(privilege) ON *.* TO \(login.forPeople), or "
                    + "sso-sync bootstrap"
            )
        }
        guard !rights.isDisjoint(with: Self.showRoutines) else {
            throw SyncError(
                .privilege,
                "\(login.forPeople) cannot see which routines go by an account's name on \(place): run GRANT SHOW_ROUTINE ON *.* "
                    + "TO \(login.forPeople), or GRANT CREATE ROUTINE ON *.* TO \(login.forPeople) where the master user has no "
                    + "SHOW_ROUTINE to give, or sso-sync bootstrap"
            )
        }
        guard kill != nil else { throw SyncError(.privilege, Self.killRemedy(for: login, place: place)) }
    }

    /// What mends it that the provisioner may not end sessions.
    static func killRemedy(for login: AccountId, place: String) -> String {
        "\(login.forPeople) may not end sessions on \(place): run GRANT CONNECTION_ADMIN ON *.* TO \(login.forPeople), or "
            + "GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO \(login.forPeople), or sso-sync bootstrap"
    }
}
