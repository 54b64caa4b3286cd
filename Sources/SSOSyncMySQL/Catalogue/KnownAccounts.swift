// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What the provisioner knows of the accounts that it has read, and of those that operations have changed since.
///
/// Few of the many that are read are changed, so each is looked up when it is asked for.
struct KnownAccounts: Sendable {
    private let selection: AccountSelection?
    private var changes: [AccountName: KnownAccount?] = [:]

    /// - Parameter selection: What was read; nil if nothing was.
    init(_ selection: AccountSelection? = nil) { self.selection = selection }

    /// What is known of an account; nil if there is none.
    subscript(name: AccountName) -> KnownAccount? {
        get { changes[name] ?? selection?.known(name) }
        set { changes.updateValue(newValue, forKey: name) }
    }
}
