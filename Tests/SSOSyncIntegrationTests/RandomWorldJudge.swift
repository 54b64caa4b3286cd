// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting

/// Says what has to be so after a full run, from the directory and what was on the server before: thought out anew, and
/// not by asking the planner.
struct RandomWorldJudge {
    struct Objection: Error, CustomStringConvertible {
        let description: String
    }

    let people: [Person]
    let directory: InMemoryDirectory.World
    let before: ServerState
    let after: ServerState

    private func roles(of user: UserId) -> Set<RoleName> {
        Set(RandomWorld.roles.filter { directory.groups[GroupId("g-\($0)")]?.members.contains(user) ?? false })
    }

    private var entitled: [Person] { people.filter { $0.isEnabled && !roles(of: $0.id).isEmpty } }

    func judge(_ report: TargetReport, version: Int) throws {
        let excused = excusedPeople()
        let conflicts = Set(report.plan?.content.conflicts.compactMap(\.user) ?? [])
        for person in entitled {
            let isExcused = excused.contains(person.id)
            if conflicts.contains(person.id) {
                try expect(
                    isExcused,
                    "\(person.id) has a conflict for no reason: \(report.plan?.content.conflicts ?? [])"
                )
            } else {
                try checkIsIn(person, version: version)
            }
        }
        try checkNobodyElseIsIn(conflicts)
        try checkFindings(report)
    }

    private func expect(_ condition: Bool, _ fact: @autoclosure () -> String) throws {
        if !condition { throw Objection(description: fact()) }
    }

    /// Entitled, without a conflict: one account, of that name, with login and exactly the entitled mapped roles.
    private func checkIsIn(_ person: Person, version: Int) throws {
        let accounts = after.accounts(of: person.id)
        try expect(accounts.count == 1, "\(person.id) has \(accounts.map(\.summary))")
        guard let account = accounts.first else { return }
        try expect(account.name == person.accountName, "\(person.id) has \(account.summary)")
        try expect(account.canLogIn && account.usesIAM, "\(person.id) cannot log in: \(account.summary)")
        try expect(account.marker?.state == .active && account.marker?.records(account.name) == true, account.summary)
        let mapped = Set(RandomWorld.roles.map(\.rawValue))
        let wanted = Set(roles(of: person.id).map(\.rawValue))
        var held = account.roles.intersection(mapped)
        // From 16 on nobody but the DBA can take back what the DBA has granted: that is reported.
        if version >= 16 { held.subtract(account.rolesFromOthers.subtracting(wanted)) }
        try expect(held == wanted, "\(person.id) is to hold \(wanted): \(account.summary)")
    }

    private func checkNobodyElseIsIn(_ conflicts: Set<UserId>) throws {
        let entitled = Set(entitled.map(\.id))
        for account in after.marked {
            guard let user = account.marker?.user, !entitled.contains(user) else { continue }
            try expect(!account.canLogIn, "somebody is in who is not entitled: \(account.summary)")
        }
    }

    /// Every IAM login without a marker is reported.
    private func checkFindings(_ report: TargetReport) throws {
        let found = report.plan?.content.findings.filter { $0.kind == .unmarkedIAMLogin }.compactMap(\.account) ?? []
        let unmarked = before.unmarked.values.filter { $0.usesIAM && $0.canLogIn && $0.name != "sso_provisioner" }
        try expect(
            Set(found) == Set(unmarked.map(\.name)),
            "unmarked logins \(unmarked.map(\.summary)), found \(found)"
        )
    }

    // MARK: Who may have a conflict

    /// Those who cannot have the name that the directory has for them, or whose account somebody has tampered with, and
    /// those who want a name that one of these keeps.
    private func excusedPeople() -> Set<UserId> {
        var excused = Set(entitled.filter { isExcused($0) }.map(\.id))
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for person in entitled where !excused.contains(person.id) {
                guard let name = person.accountName, let user = before[name]?.marker?.user else { continue }
                if user != person.id, excused.contains(user) || isImmovable(before[name]) {
                    excused.insert(person.id)
                    hasGrown = true
                }
            }
        }
        return excused
    }

    private func isExcused(_ person: Person) -> Bool {
        guard let name = person.accountName, !RandomWorld.badNames.contains(name) else { return true }
        if let role = before[name], role.marker == nil { return true }
        let accounts = before.accounts(of: person.id)
        if accounts.contains(where: { isImmovable($0) || (!$0.canLogIn && $0.marker?.state == .active) }) {
            return true
        }
        if accounts.contains(where: { keepsForeignRole($0, of: person.id) }) { return true }
        let folded = name.rawValue.lowercased()
        return entitled.contains { $0.id != person.id && $0.accountName?.rawValue.lowercased() == folded }
    }

    /// Nobody comes back to a mapped role that the DBA has granted and no group gives.
    private func keepsForeignRole(_ account: AccountState, of user: UserId) -> Bool {
        guard account.marker?.state == .locked else { return false }
        let unentitled = Set(RandomWorld.roles.map(\.rawValue)).subtracting(roles(of: user).map(\.rawValue))
        return !account.rolesFromOthers.isDisjoint(with: unentitled)
    }

    private func isImmovable(_ account: AccountState?) -> Bool { account.map { !$0.attributes.isEmpty } ?? false }
}
