// SPDX-License-Identifier: Apache-2.0

/// What somebody asks for about whole accounts, by hand: no run does either by itself.
public enum MarkingRequest: Hashable, Sendable {
    /// Accounts that carry no marker are to become people's.
    case adopt(Set<Claim>)
    /// Accounts of ours are to be nobody's, and to stay as they are.
    ///
    /// An account that lets somebody in who has left is not among them, since nobody would lock it any more. Where the directory is
    /// gone for good, nobody can tell who has left: if it cannot be read, and its id is given, such accounts are let go, too.
    case release(Set<AccountName>, withoutDirectory: DirectoryId? = nil)

    /// Whose account one is said to be.
    public struct Claim: Hashable, Sendable {
        /// The person.
        public let user: UserId
        /// The account that a record says is the person's; nil for the one that the directory has for the person.
        public let account: AccountName?
        /// Whether to adopt the account of a record also if its person is in none of the target's groups, so that the next
        /// run locks it.
        public let includesLeaver: Bool

        /// Whose account one is said to be.
        public init(user: UserId, account: AccountName? = nil, includesLeaver: Bool = false) {
            self.user = user
            self.account = account
            self.includesLeaver = includesLeaver
        }
    }
}

extension MarkingRequest {
    /// A bounded label for documents and logs.
    public var label: String {
        switch self {
        case .adopt: "adopt"
        case .release: "release"
        }
    }

    /// The directory whose accounts are let go if it cannot be read; nil if it has to be read.
    var dispensableDirectory: DirectoryId? {
        if case .release(_, withoutDirectory: let id) = self { id } else { nil }
    }

    /// The same request of a directory that can be read, and so tells who has left.
    var withDirectory: MarkingRequest {
        if case .release(let names, withoutDirectory: _) = self { .release(names) } else { self }
    }

    /// Whom it was about: whose an account is that was to be let go, only those targets tell that were read.
    func people(by reports: [TargetReport]) -> Set<UserId> {
        switch self {
        case .adopt(let claims): Set(claims.map(\.user))
        case .release:
            Set(
                reports.compactMap(\.plan).flatMap { plan in
                    plan.operations.map(\.user) + plan.content.conflicts.compactMap(\.user)
                }
            )
        }
    }
}

extension MarkingRequest.Claim: Comparable {
    /// Orders by person, then by account.
    public static func < (left: Self, right: Self) -> Bool {
        guard left.user == right.user else { return left.user < right.user }
        guard left.account == right.account else { return (left.account ?? "") < (right.account ?? "") }
        return !left.includesLeaver && right.includesLeaver
    }
}
