// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Finds out whom somebody means who typed an id or an account name.
public struct PersonResolver: Sendable {
    /// Who was meant.
    public enum Answer: Hashable, Sendable {
        /// This person.
        case person(UserId)
        /// All of these people have the account name.
        case several([UserId])
        /// Nobody in the directory. It may be the id of somebody who is gone.
        case nobody
    }

    private let ids: Set<UserId>
    private let idsByName: [AccountName: [UserId]]

    /// A resolver for the people of a whole reading.
    public init(_ directory: Directory) {
        ids = Set(directory.people.map(\.id))
        idsByName = directory.people.reduce(into: [:]) { result, person in
            if let name = person.accountName { result[name, default: []].append(person.id) }
        }
    }

    /// Who was meant.
    ///
    /// An id goes before a name.
    public func callAsFunction(_ text: String) -> Answer {
        if ids.contains(UserId(text)) { return .person(UserId(text)) }
        let named = idsByName[AccountName(text)] ?? []
        guard let first = named.first else { return .nobody }
        return named.count == 1 ? .person(first) : .several(named)
    }
}
