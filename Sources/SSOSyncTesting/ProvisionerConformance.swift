// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Proves that a provisioner keeps the contract of `DatabaseProvisioner` and `ProvisioningSession`.
///
/// It makes accounts on a real server, whose names begin with a prefix, and drops them again. Run it against a server
/// that nobody needs, one check after the other:
///
///     @Test func `keeps the contract`() async throws {
///         try await ProvisionerConformance(provisioner, owner: "test", roles: ["a", "b"]).checkAll()
///     }
///
/// Every check throws ``ConformanceFailure`` where the contract is not kept, and whatever the provisioner throws.
public struct ProvisionerConformance: Sendable {
    let provisioner: any DatabaseProvisioner
    let owner: DeploymentOwner
    let directory: DirectoryId
    let roles: [RoleName]
    let prefix: String
    let now: Timestamp

    /// A suite of checks.
    ///
    /// - Parameters:
    ///   - provisioner: The provisioner that is to be proven.
    ///   - owner: The deployment that it works for.
    ///   - directory: The directory that markers are to name.
    ///   - roles: Two or more roles that exist on the server and that the provisioner may grant.
    ///   - prefix: What names of accounts begin with.
    ///   - now: The time that markers are to name.
    public init(
        _ provisioner: any DatabaseProvisioner,
        owner: DeploymentOwner,
        directory: DirectoryId = "d-conformance",
        roles: [RoleName],
        prefix: String = "conformance_",
        now: Timestamp = .now
    ) {
        precondition(roles.count >= 2, "the suite needs two roles")
        self.provisioner = provisioner
        self.owner = owner
        self.directory = directory
        self.roles = roles
        self.prefix = prefix
        self.now = now
    }

    /// All checks, one after the other.
    public func checkAll() async throws {
        try await checkCreatedAccountIsSeen()
        try await checkAppliedTwiceIsAppliedOnce()
        try await checkFailureStaysAlone()
        try await checkLockAndRestore()
        try await checkDisconnectKeepsAccess()
        try await checkRenameKeepsRoles()
        try await checkDropRemoves()
        try await checkAdoptAndRelease()
        try await checkSecondWriterIsRefused()
        try await checkReportedIsDurable()
        try await checkSecondPlanIsEmpty()
        try await checkExpectationChangesNothing()
    }

    /// An account that was created is there: with its marker, able to log in by IAM token, and with exactly its roles.
    public func checkCreatedAccountIsSeen() async throws {
        try await withAccounts(["created"]) { accounts in
            try await create(accounts)
            let name = accounts[0]
            let account = try await seen(name)
            try expect(account.marker == .marker(marker(name)), "the marker of \(name) reads as it was written")
            try expect(account.canLogIn, "\(name) can log in")
            try expect(account.usesIAM, "\(name) logs in by IAM token")
            try expect(account.foreignAttributes.isEmpty, "\(name) has no attributes that nobody gave it")
            try expect(account.unmanageableBecause == nil, "\(name) can be managed")
            try expect(account.usableRoles == [roles[0]], "\(name) holds the role that it was created with")
            try expect(
                account.memberships.allSatisfy { $0.isOurs && $0.isRevocable },
                "what was granted to \(name) is ours"
            )
            let alike = try await inspect([AccountName(name.rawValue.uppercased())]).accounts
            try expect(alike.contains { $0.name == name }, "\(name) is found by a name that differs in case alone")
            let counts = try await inspect([name]).counts
            try expect(counts.managedActive >= 1, "accounts in use are counted")
        }
    }

    /// Granting, revoking, locking and restoring twice leave what doing it once leaves.
    public func checkAppliedTwiceIsAppliedOnce() async throws {
        try await withAccounts(["twice"]) { accounts in
            try await create(accounts)
            let name = accounts[0]
            try await expectSame(name, after: [operation(name, .grant(roles: [roles[1]]), marker: marker(name))])
            let membership = try await seen(name).memberships.filter { $0.role == roles[1] }
            try await expectSame(name, after: [operation(name, .revoke(membership), marker: marker(name))])
            try await expectSame(name, after: [operation(name, .lock, marker: marker(name, .locked))])
            try await expectSame(name, after: [operation(name, .restore(roles: [roles[1]]), marker: marker(name))])
            try await expectSame(name, after: [operation(name, .create(roles: []), marker: marker(name))])
        }
    }

    /// Of several operations the one that cannot be done fails, and it alone; it leaves nothing half done.
    public func checkFailureStaysAlone() async throws {
        try await withAccounts(["alone1", "alone2", "alone3"]) { accounts in
            let missing = RoleName("\(prefix)no_such_role")
            let operations = [
                operation(accounts[0], .create(roles: [roles[0]]), marker: marker(accounts[0])),
                operation(accounts[1], .create(roles: [roles[0], missing]), marker: marker(accounts[1])),
                operation(accounts[2], .create(roles: [roles[0]]), marker: marker(accounts[2])),
            ]
            let outcomes = try await writing { try await apply(operations, on: $0) }
            let failed = outcomes.filter { !$0.isDone }.map(\.operation.account)
            try expect(failed == [accounts[1]], "exactly the operation that cannot be done fails")
            let found = try await inspect(accounts).accounts.map(\.name)
            try expect(
                Set(found) == [accounts[0], accounts[2]],
                "what failed left nothing behind, and the others are done"
            )
        }
    }

    /// A locked account cannot log in and says so; a restored one can, and is the same account.
    public func checkLockAndRestore() async throws {
        try await withAccounts(["locked"]) { accounts in
            try await create(accounts)
            let name = accounts[0]
            try await done([operation(name, .lock, marker: marker(name, .locked))])
            try await done([operation(name, .endSessions)])
            let locked = try await seen(name)
            try expect(!locked.canLogIn, "a locked account cannot log in")
            try expect(locked.marker == .marker(marker(name, .locked)), "a locked account is marked so")
            try expect(locked.sessions == 0, "sessions that were ended are gone")
            try await done([operation(name, .revoke(locked.memberships))])
            let out = try await seen(name)
            try expect(out.memberships.isEmpty, "what was revoked is gone")
            try await done([operation(name, .restore(roles: roles), marker: marker(name))])
            let restored = try await seen(name)
            try expect(restored.canLogIn, "a restored account can log in")
            try expect(restored.usesIAM, "a restored account logs in by IAM token")
            try expect(restored.marker == .marker(marker(name)), "a restored account is marked as in use")
            try expect(restored.usableRoles == Set(roles), "a restored account holds the roles")
        }
    }

    /// An account that is disconnected is marked so, and stays as it is otherwise.
    public func checkDisconnectKeepsAccess() async throws {
        try await withAccounts(["disconnected"]) { accounts in
            let name = accounts[0]
            try await create(accounts)
            var noted = marker(name)
            noted.isToBeDisconnected = true
            try await done([operation(name, .grant(roles: [roles[1]]), marker: marker(name))])
            let lost = try await seen(name).memberships.filter { $0.role == roles[1] }
            try await done([operation(name, .revoke(lost), marker: noted)])
            let before = try await seen(name)
            try expect(
                before.marker == .marker(noted),
                "what an account's sessions may be in is noted with the revocation"
            )
            try await done([operation(name, .disconnect, marker: marker(name))])
            let after = try await seen(name)
            try expect(after.marker == .marker(marker(name)), "an account that was disconnected is marked so")
            try expectOnlyMarkerChanged(from: before, to: after)
            try expect(after.sessions == 0, "an account that was disconnected has no session of before")
        }
    }

    /// An account that is let go stays as it is, and one that is adopted gets the marker and nothing else, and gets none if it
    /// has one by then.
    ///
    /// A provisioner that can do neither says so with the code `unsupported`, and changes nothing.
    public func checkAdoptAndRelease() async throws {
        try await withAccounts(["adopted"]) { accounts in
            try await create(accounts)
            let name = accounts[0]
            let made = try await seen(name)
            if try await isUnsupported(operation(name, .release)) {
                try expect(try await seen(name) == made, "what the provisioner cannot do changes nothing")
                return
            }
            let released = try await seen(name)
            try expect(released.marker == .none, "an account that was let go carries no marker")
            try expect(released.unmanageableBecause == nil, "an account that was let go can be managed again")
            try expectOnlyMarkerChanged(from: made, to: released)
            try await done([operation(name, .adopt, marker: marker(name))])
            let adopted = try await seen(name)
            try expect(adopted.marker == .marker(marker(name)), "an account that was adopted is marked")
            try expectOnlyMarkerChanged(from: made, to: adopted)
            var other = marker(name)
            other.user = "conformance-somebody-else"
            let outcomes = try await attempt([operation(name, .adopt, marker: other)])
            try expect(outcomes.allSatisfy { !$0.isDone }, "an account that is marked is not adopted once more")
            try expect(try await seen(name) == adopted, "what was refused changes nothing")
        }
    }

    private func expectOnlyMarkerChanged(from old: Account, to new: Account) throws {
        try expect(new.canLogIn && new.usesIAM, "\(new.name) logs in by IAM token as before")
        try expect(new.foreignAttributes.isEmpty, "\(new.name) has no attributes that nobody gave it")
        try expect(new.usableRoles == old.usableRoles, "\(new.name) keeps its roles")
    }

    /// A rename keeps roles, writes the marker and gives the old name free; a name that is taken is refused.
    public func checkRenameKeepsRoles() async throws {
        try await withAccounts(["old", "new", "taken"]) { accounts in
            try await create([accounts[0], accounts[2]])
            var renamed = marker(accounts[0])
            renamed.nameHash = Marker.nameHash(accounts[1], user: renamed.user)
            let refused = operation(accounts[0], .rename(to: accounts[2]), marker: renamed)
            let outcomes = try await writing { try await apply([refused], on: $0) }
            try expect(outcomes.allSatisfy { !$0.isDone }, "a rename to a name that is taken fails")
            try await done([operation(accounts[0], .rename(to: accounts[1]), marker: renamed)])
            let found = try await inspect(accounts).accounts
            try expect(!found.contains { $0.name == accounts[0] }, "the old name is free")
            let account = try await seen(accounts[1])
            try expect(account.marker == .marker(renamed), "a renamed account carries the new marker")
            try expect(account.usableRoles == [roles[0]], "a renamed account keeps its roles")
            try await remove([(accounts[1], renamed.user)])
        }
    }

    /// A locked account on which nothing depends can be dropped.
    public func checkDropRemoves() async throws {
        try await withAccounts(["dropped"]) { accounts in
            try await create(accounts)
            try await remove(accounts.map { ($0, user($0)) })
            let found = try await inspect(accounts).accounts
            try expect(found.isEmpty, "a dropped account is gone")
        }
    }

    /// While one writer holds the lock another is refused, a reader is not; once the lock is let go, the next one gets it.
    public func checkSecondWriterIsRefused() async throws {
        try await writing { _ in
            do {
                let second = try await provisioner.openSession(access(.writing, run: "second"))
                await second.close()
            } catch let error as SyncError where error.code == .busy {
                let reader = try await provisioner.openSession(access(.reading, run: "reader"))
                await reader.close()
                return
            }
            throw ConformanceFailure("expected that a second writer is refused with the code busy")
        }
        try await writing { _ in }
    }

    /// What is reported as done is there in a new session, although the one that did it was not closed before.
    public func checkReportedIsDurable() async throws {
        try await withAccounts(["durable"]) { accounts in
            let operations = accounts.map { operation($0, .create(roles: [roles[0]]), marker: marker($0)) }
            try await writing { session in
                let outcomes = try await apply(operations, on: session)
                try expect(outcomes.allSatisfy(\.isDone), "an account can be created")
                let account = try await seen(accounts[0])
                try expect(account.usableRoles == [roles[0]], "another session sees what was reported as done")
            }
            let account = try await seen(accounts[0])
            try expect(account.usableRoles == [roles[0]], "what was reported as done outlasts its session")
        }
    }

    /// Once a plan is carried out, the next plan is empty.
    public func checkSecondPlanIsEmpty() async throws {
        try await withAccounts(["planned"]) { accounts in
            let first = try await plan(for: accounts)
            try expect(!first.operations.isEmpty, "an account that is missing is planned")
            for phase in Operation.Phase.allCases {
                try await done(first.operations.filter { $0.phase == phase })
            }
            let second = try await plan(for: accounts)
            try expect(second.isInSync, "a second run right after a good one has no operations")
        }
    }
}
