// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL

@testable import SSOSyncMySQL

/// Operations on one account, with what is known of it.
struct Sample {
    var account = KnownAccount(new: AccountId(user: "ann", host: "%"))
    static let start = Timestamp(secondsSince1970: 1_795_000_000)

    init(_ user: String = "ann", state: Marker.State = .active, roles: [RoleName] = []) {
        account.id = AccountId(user: user, host: "%")
        account.marker = Self.marker(user, user, state)
        account.isLocked = state == .locked
        for role in roles {
            account.roles[role] = AccountId(role: role)
            account.defaultRoles.insert(AccountId(role: role))
            account.notes.granted.insert(AccountNotes.hash(of: role))
        }
    }

    static func marker(_ user: String, _ name: String, _ state: Marker.State = .active) -> Marker {
        Marker(
            owner: "prod",
            directory: "d-1",
            user: UserId("id-\(user)"),
            name: AccountName(name),
            state: state,
            asOf: start
        )
    }

    /// An item whose operation changes the marker.
    func item(_ action: Operation.Action, _ change: (inout Marker) -> Void = { _ in }) -> StatementCompiler.Item {
        var marker = account.marker
        if var changed = marker {
            change(&changed)
            marker = changed
        }
        let operation = Operation(
            account: AccountName(account.id.user.rawValue),
            user: account.marker?.user ?? "",
            action: action,
            marker: marker
        )
        return StatementCompiler.Item(operation: operation, account: account)
    }

    /// An account that is not there yet.
    static func creation(_ user: String, roles: [RoleName]) -> StatementCompiler.Item {
        StatementCompiler.Item(
            operation: Operation(
                account: AccountName(user),
                user: UserId("id-\(user)"),
                action: .create(roles: roles),
                marker: marker(user, user)
            ),
            account: KnownAccount(new: AccountId(user: user, host: "%"))
        )
    }
}

extension SQLText {
    /// The statement with its values in plain quotes.
    var plain: String {
        parts.map { part in
            switch part {
            case .text(let text): text.description
            case .identifier(let name): identifierForPeople(name)
            case .literal(let value): quotedForPeople(value)
            case .integer(let number): String(number)
            }
        }.joined()
    }
}
