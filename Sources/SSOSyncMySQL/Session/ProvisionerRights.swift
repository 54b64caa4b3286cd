// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// What the provisioner is allowed, compared with what it needs.
struct ProvisionerRights {
    let rights: Set<String>
    let login: AccountId

    /// How the provisioner ends a session.
    enum Kill: CaseIterable, Sendable {
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
        return rights.isDisjoint(with: CatalogueReading.killProcedure) ? nil : .procedure
    }

    /// Something that the provisioner may not do, and the statements of which any one mends it.
    private struct Gap {
        let inability: String
        let remedies: [String]
    }

    private var gaps: [Gap] {
        var gaps = Self.needed.filter { !rights.contains($0.privilege) }.map { privilege, reason in
            Gap(inability: "cannot \(reason)", remedies: ["GRANT \(privilege) ON *.* TO \(login.forPeople)"])
        }
        if rights.isDisjoint(with: Self.showRoutines) {
            let remedies = ["SHOW_ROUTINE", "CREATE ROUTINE"].map { "GRANT \($0) ON *.* TO \(login.forPeople)" }
            gaps.append(Gap(inability: "cannot see which routines go by an account's name", remedies: remedies))
        }
        if kill == nil {
            gaps.append(Gap(inability: "may not end sessions", remedies: Self.killRemedies(for: login)))
        }
        return gaps
    }

    /// - Throws: `SyncError` that names what is missing, and the statement that mends it.
    func check(place: String) throws {
        guard let gap = gaps.first else { return }
        throw SyncError(
            .privilege,
            "\(login.forPeople) \(gap.inability) on \(place): run \(Self.alternatives(gap.remedies)), or sso-sync bootstrap"
        )
    }

    /// All that is missing at once.
    ///
    /// - Parameter ungrantable: Mapped roles that it has no right to grant.
    func health(ungrantable: [RoleName]) -> HealthCheck {
        var gaps = gaps
        if !ungrantable.isEmpty {
            let roles = ungrantable.map { AccountId(role: $0).forPeople }.joined(separator: ", ")
            let remedy = "GRANT ROLE_ADMIN ON *.* TO \(login.forPeople)"
            gaps.append(Gap(inability: "cannot grant \(roles)", remedies: [remedy]))
        }
        guard !gaps.isEmpty else {
            return HealthCheck("rights", .good, "\(login.forPeople) may do all that a run does")
        }
        return HealthCheck(
            "rights",
            .failed,
            "\(login.forPeople) \(gaps.map(\.inability).joined(separator: ", "))",
            // One line each, good to be run as it is where the first is refused by no master user.
            remedy: gaps.map { gap in
                let others = gap.remedies.dropFirst().map { " -- or, if the master user has no right to: \($0)" }
                return gap.remedies[0] + ";" + others.joined()
            }
        )
    }

    /// What mends it that the provisioner may not end sessions.
    static func killRemedy(for login: AccountId, place: String) -> String {
        "\(login.forPeople) may not end sessions on \(place): run \(alternatives(killRemedies(for: login))), or "
            + "sso-sync bootstrap"
    }

    /// The second is for where the master user has not got the first to give.
    private static func alternatives(_ remedies: [String]) -> String { remedies.joined(separator: ", or ") }

    private static func killRemedies(for login: AccountId) -> [String] {
        ["CONNECTION_ADMIN ON *.*", "EXECUTE ON PROCEDURE mysql.rds_kill"].map {
            "GRANT \($0) TO \(login.forPeople)"
        }
    }
}
