// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What an operation does, in a few words.
struct OperationPhrase {
    let operation: Operation

    /// As something that is to be done.
    var planned: String {
        switch operation.action {
        case .lock: "is locked"
        case .revoke(let memberships): "loses \(Self.roles(memberships))"
        case .endSessions, .disconnect: "sessions end"
        case .moveAside(let name): "moves aside to \(Printable.escaped(name.rawValue))"
        case .rename where isSameName: "rename is finished"
        case .rename(let name): "becomes \(Printable.escaped(name.rawValue))"
        case .create(let roles): roles.isEmpty ? "new, without roles" : "new, with \(Self.list(roles))"
        case .restore(let roles): roles.isEmpty ? "is unlocked" : "is unlocked, gets \(Self.list(roles))"
        case .grant(let roles): "gets \(Self.list(roles))"
        case .drop: ""
        case .adopt: "becomes the account of \(Printable.escaped(operation.user.rawValue))"
        case .release: "is let go"
        }
    }

    /// As something that was done; nil for nothing worth a word.
    func done(sessionsEnded: Int) -> String? {
        switch operation.action {
        case .lock: "locked"
        case .revoke(let memberships): "lost \(Self.roles(memberships))"
        case .endSessions, .disconnect:
            sessionsEnded == 0 ? nil : sessionsEnded == 1 ? "1 session ended" : "\(sessionsEnded) sessions ended"
        case .moveAside(let name): "moved aside to \(Printable.escaped(name.rawValue))"
        case .rename where isSameName: "rename was finished"
        case .rename(let name): "became \(Printable.escaped(name.rawValue))"
        case .create(let roles): roles.isEmpty ? "created, without roles" : "created, with \(Self.list(roles))"
        case .restore(let roles): roles.isEmpty ? "unlocked" : "unlocked, got \(Self.list(roles))"
        case .grant(let roles): "got \(Self.list(roles))"
        case .drop: nil
        case .adopt: "became the account of \(Printable.escaped(operation.user.rawValue))"
        case .release: "was let go"
        }
    }

    /// As something that did not come about.
    var attempt: String {
        switch operation.action {
        case .lock: "lock"
        case .revoke(let memberships): "take \(Self.roles(memberships))"
        case .endSessions, .disconnect: "end sessions"
        case .moveAside(let name): "move aside to \(Printable.escaped(name.rawValue))"
        case .rename where isSameName: "finish its rename"
        case .rename(let name): "rename to \(Printable.escaped(name.rawValue))"
        case .create(let roles): roles.isEmpty ? "create" : "create, with \(Self.list(roles))"
        case .restore(let roles): roles.isEmpty ? "unlock" : "unlock, grant \(Self.list(roles))"
        case .grant(let roles): "grant \(Self.list(roles))"
        case .drop: "drop"
        case .adopt: "adopt"
        case .release: "let go"
        }
    }

    /// Whether the account has its new name already, and only what went with that is left to do.
    private var isSameName: Bool { operation.resultingAccount == operation.account }

    private static func list(_ roles: [RoleName]) -> String {
        roles.map { Printable.escaped($0.rawValue) }.joined(separator: ", ")
    }

    private static func roles(_ memberships: [Membership]) -> String {
        var names: [String] = []
        for membership in memberships {
            let name = Printable.escaped(membership.role.rawValue)
            let grantor = membership.isOurs ? nil : membership.grantor.map { " (from \(Printable.escaped($0)))" }
            let text = name + (grantor ?? "")
            if !names.contains(text) { names.append(text) }
        }
        return names.joined(separator: ", ")
    }
}
