// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension ProvisionerConformance {
    /// A session that was told what to expect answers what it is asked, whether that is what was expected, more, or something
    /// else; and what it has read early is not what it says once it has changed something.
    public func checkExpectationChangesNothing() async throws {
        try await withAccounts(["expected1", "expected2", "expected3", "expected4", "expected5", "expected6"]) {
            accounts in
            try await prepare(accounts)
            // What somebody is to be called says nothing of the account that he has, and may be another's name.
            let asked = request(people: [0, 1, 2, 5].map { accounts[$0] }, names: [accounts[3], accounts[5]])
            let unprepared = try await answer(to: asked, expecting: nil, .reading)
            for (what, expected) in expectations(asked, of: accounts) {
                for kind in [SessionAccess.Kind.reading, .writing] {
                    let prepared = try await answer(to: asked, expecting: expected, kind)
                    try expect(
                        prepared.saysTheSame(as: unprepared),
                        "a session (\(kind)) that was told to expect \(what) answers what one answers that was told nothing"
                    )
                }
            }
            try await checkChangeIsSeen(accounts[0])
        }
    }

    /// Two people who have long had their accounts, and one who was locked; another one whose account has a wanted name; one who has
    /// just joined; and nobody.
    private func prepare(_ accounts: [AccountName]) async throws {
        let longAgo = now.advanced(bySeconds: -2 * Policy.Brake.window)
        for name in accounts.prefix(4) {
            let joined = marker(name, joined: longAgo)
            try await done([operation(name, .create(roles: [roles[0]]), marker: joined)])
        }
        try await done([operation(accounts[2], .lock, marker: marker(accounts[2], .locked, joined: longAgo))])
        try await create([accounts[4]])
    }

    private func checkChangeIsSeen(_ name: AccountName) async throws {
        let asked = request(people: [name], names: [])
        let seen = try await with(access(.writing, run: "expecting", expecting: asked)) { session in
            _ = try await session.inspect(asked)
            _ = try await apply([operation(name, .lock, marker: marker(name, .locked))], on: session)
            return try await session.inspect(asked).accounts.first { $0.name == name }
        }
        try expect(
            seen?.canLogIn == false && seen?.marker == .marker(marker(name, .locked)),
            "a session that was told what to expect sees what it has changed itself"
        )
    }

    private func answer(
        to asked: InspectionRequest,
        expecting expected: InspectionRequest?,
        _ kind: SessionAccess.Kind
    ) async throws -> Accounts {
        try await with(access(kind, run: "expecting", expecting: expected)) { try await $0.inspect(asked) }
    }

    /// What a session may be told to expect that is then asked something: names are never among it.
    private func expectations(
        _ asked: InspectionRequest,
        of accounts: [AccountName]
    ) -> [(what: String, expected: InspectionRequest)] {
        [
            ("just that", asked.expectation()),
            ("fewer people", request(people: [accounts[0]], names: [])),
            ("more people", request(people: accounts, names: [])),
            ("nobody", request(people: [], names: [])),
            ("somebody else", request(people: [accounts[3]], names: [])),
            ("everyone", asked.expectation(scope: .everyone)),
            ("another deployment", asked.expectation(owner: "conformance-another")),
            ("another directory", asked.expectation(directory: "d-conformance-another")),
            ("fewer roles", asked.expectation(roles: [roles[1]])),
            ("holders of roles", asked.expectation(holdersOf: [roles[0]])),
            ("a later window", asked.expectation(windowStart: now.advanced(bySeconds: 1))),
        ]
    }
}

extension InspectionRequest {
    /// The same without names, but for what is given.
    fileprivate func expectation(
        owner: DeploymentOwner? = nil,
        directory: DirectoryId? = nil,
        scope: Scope? = nil,
        roles: Set<RoleName>? = nil,
        holdersOf: Set<RoleName>? = nil,
        windowStart: Timestamp? = nil
    ) -> InspectionRequest {
        InspectionRequest(
            owner: owner ?? self.owner,
            directory: directory ?? self.directory,
            scope: scope ?? self.scope,
            names: [],
            roles: roles ?? self.roles,
            holdersOf: holdersOf ?? self.holdersOf,
            windowStart: windowStart ?? self.windowStart,
            blockersOfLockedBefore: blockersOfLockedBefore
        )
    }
}

extension Accounts {
    /// Whether all that is planned by is the same; what people are told of besides may be of one session alone.
    fileprivate func saysTheSame(as other: Accounts) -> Bool {
        scope == other.scope && accounts == other.accounts && unmarkedIAMLogins == other.unmarkedIAMLogins
            && roles == other.roles && shadows == other.shadows && counts == other.counts
    }
}
