// SPDX-License-Identifier: Apache-2.0

/// The ids that were found in an event at the places where they may stand.
struct EventIds {
    /// In the spelling that all of SSOSync uses.
    private(set) var ids: Set<String> = []
    /// Whether there was something else than an id: `HIDDEN_DUE_TO_SECURITY_REASONS`, say.
    private(set) var hasUnreadable = false

    /// Takes down what stands in one place; a list of ids counts, too.
    mutating func add(_ value: EventValue?) {
        guard let value else { return }
        for element in value.elements {
            guard let text = element.text, IdentityStoreResourceId.isId(text) else {
                hasUnreadable = true
                continue
            }
            ids.insert(IdentityStoreResourceId.canonical(text))
        }
    }

    /// Whether all that there is to know is known.
    var isWhole: Bool { !ids.isEmpty && !hasUnreadable }
}
