// SPDX-License-Identifier: Apache-2.0

/// Reads the people of whom the ids are known, with as few calls as it takes, and keeps nobody else.
struct PeopleReader {
    /// What became of it.
    struct Findings {
        /// Those who are there, by their canonical ids.
        fileprivate(set) var users: [String: IdentityStoreUser] = [:]
        /// How many users the store has at least.
        fileprivate(set) var storeSize: Int?
        /// Whether most of many were asked about one by one, as the store has too many users to list.
        fileprivate(set) var isSingly = false
    }

    let store: IdentityStoreClient
    let extensions: [String]

    /// Reads people; those whom the store does not have are gone.
    ///
    /// - Parameters:
    ///   - wanted: The store's spelling of their ids, by the canonical ones.
    ///   - knownSize: How many users the store is known to have at least.
    func people(_ wanted: [String: String], knownSize: Int = 0) async throws -> Findings {
        var findings = Findings()
        var cost = JoinCost(wanted: wanted.count, knownSize: knownSize)
        if cost.isListingCheaper { try await list(wanted, &cost, into: &findings) }
        findings.isSingly = wanted.count > JoinCost.few && cost.missing > wanted.count / 2
        guard cost.missing > 0 else { return findings }
        // Also those who were not on any page: somebody may have joined, or moved from page to page, meanwhile.
        for (canonical, spelling) in wanted.sorted(by: { $0.key < $1.key }) where findings.users[canonical] == nil {
            guard let user = try await find(spelling) else { continue }
            guard IdentityStoreResourceId.areSame(user.id, canonical) else {
                let message = "identitystore DescribeUser: the service sent another user than was asked for"
                throw AWSError(.badResponse, message, mayHaveBeenSent: true)
            }
            findings.users[canonical] = user
        }
        return findings
    }

    /// Asks for one person, in every spelling before taking that person for gone.
    private func find(_ spelling: String) async throws -> IdentityStoreUser? {
        for id in IdentityStoreResourceId.spellings(of: spelling, store: store.storeId) {
            if let user = try await store.user(id, extensions: extensions) { return user }
        }
        return nil
    }

    private func list(_ wanted: [String: String], _ cost: inout JoinCost, into findings: inout Findings) async throws {
        var scanned = 0
        for try await page in store.users(extensions: extensions) {
            let before = findings.users.count
            for user in page.users {
                let canonical = IdentityStoreResourceId.canonical(user.id)
                if wanted[canonical] != nil { findings.users[canonical] = user }
            }
            scanned += page.users.count
            findings.storeSize = scanned
            cost.add(users: page.users.count, found: findings.users.count - before)
            guard cost.isListingCheaper else { return }
        }
    }
}
