// SPDX-License-Identifier: Apache-2.0

/// What somebody asks for about whole accounts, by hand: no run does either by itself.
public enum MarkingRequest: Hashable, Sendable {
    /// Accounts that carry no marker are to become people's.
    case adopt(Set<Claim>)
    /// Accounts of ours are to be nobody's, and to stay as they are.
    case release(Set<AccountName>)

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
