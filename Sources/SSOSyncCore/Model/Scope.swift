// SPDX-License-Identifier: Apache-2.0

/// Whom a reading of the directory or of the accounts covers.
///
/// The planner acts only inside both.
public enum Scope: Hashable, Sendable, Codable {
    /// Everyone in a mapped group, and every managed account.
    case everyone
    /// These people and nobody else.
    case people(Set<UserId>)

    /// Whether the person is covered.
    public func covers(_ user: UserId) -> Bool {
        switch self {
        case .everyone: true
        case .people(let people): people.contains(user)
        }
    }

    /// What both cover.
    public func intersection(_ other: Scope) -> Scope {
        switch (self, other) {
        case (.everyone, let rest), (let rest, .everyone): rest
        case (.people(let left), .people(let right)): .people(left.intersection(right))
        }
    }
}

/// Whom a run is asked to look at.
///
/// A group becomes people in the engine.
public enum ScopeRequest: Hashable, Sendable {
    /// A full run.
    case everyone
    /// These people.
    case people(Set<UserId>)
    /// The members of these groups, and the managed holders of the roles that the groups are mapped to.
    case groups(Set<GroupName>)
}
