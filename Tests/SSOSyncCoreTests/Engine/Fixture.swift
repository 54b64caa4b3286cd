// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting

/// A directory, databases and a clock, put together as an engine.
struct Fixture {
    let clock = Clock()
    let directory: InMemoryDirectory
    let databases: [TargetName: InMemoryDatabase]
    private(set) var policies: [TargetName: Policy]
    let notifier = RecordingNotifier()
    var options = SyncEngine.Options()

    /// Targets that all map the group `g1` to the role `r1` and `g2` to `r2`.
    init(
        _ targets: [TargetName] = ["orders"],
        members: [GroupName: [UserId]] = ["g1": ["ann", "ben"]],
        mode: Policy.Mode = .enforce,
        hold: Policy.Hold? = nil,
        brake: Policy.Brake = Policy.Brake(removals: 1_000, percent: 100)
    ) {
        directory = InMemoryDirectory(
            id: World.directoryId,
            now: World.start,
            people: Set(members.values.joined()).map { Person(id: $0, accountName: AccountName($0.rawValue)) },
            groups: ["g1", "g2"].map { DirectoryGroup(id: GroupId("id-\($0)"), name: $0, members: members[$0] ?? []) }
        )
        let server = InMemoryServer(roles: ["r1": RoleFacts(), "r2": RoleFacts()])
        database = InMemoryDatabase(server: server)
        let others = targets.dropFirst().map { ($0, InMemoryDatabase(server: server)) }
        databases = Dictionary(uniqueKeysWithValues: targets.prefix(1).map { [database] in ($0, database) } + others)
        let rules = [
            Policy.GroupRule(group: "g1", pinnedId: "id-g1", roles: ["r1"]),
            Policy.GroupRule(group: "g2", roles: ["r2"]),
        ]
        policies = Dictionary(
            uniqueKeysWithValues: targets.map {
                ($0, Policy(target: $0, owner: World.owner, mode: mode, hold: hold, groups: rules, brake: brake))
            }
        )
    }

    /// From now on the deployment keeps runs from that.
    mutating func set(_ hold: Policy.Hold?) {
        policies = policies.mapValues {
            Policy(target: $0.target, owner: $0.owner, mode: $0.mode, hold: hold, groups: $0.groups, brake: $0.brake)
        }
    }

    /// From now on leavers' accounts are dropped after so many seconds.
    mutating func keepLeavers(for seconds: Int64) {
        policies = policies.mapValues {
            Policy(
                target: $0.target,
                owner: $0.owner,
                groups: $0.groups,
                leavers: Policy.Leavers(quarantine: seconds),
                brake: $0.brake
            )
        }
    }

    /// From now on a target does not map that group.
    mutating func unmap(_ group: GroupName, on target: TargetName) {
        guard let policy = policies[target] else { return }
        let groups = policy.groups.filter { $0.group != group }
        policies[target] = Policy(target: target, owner: policy.owner, groups: groups, brake: policy.brake)
    }

    /// The database of the target that sorts first.
    let database: InMemoryDatabase

    func engine(
        reading source: (any IdentitySource)? = nil,
        notifier: (any Notifier)? = nil,
        wrapping wrap: (InMemoryDatabase) -> any DatabaseProvisioner = { $0 }
    ) -> SyncEngine {
        let clock = clock
        return SyncEngine(
            source: source ?? directory,
            targets: policies.compactMap { name, policy in
                databases[name].map { SyncEngine.Target(policy: policy, provisioner: wrap($0)) }
            },
            notifier: notifier ?? self.notifier,
            now: { clock.now },
            makeRunId: { "run-1" }
        )
    }

    func apply(_ scope: ScopeRequest = .everyone) async -> SyncReport { await engine().apply(scope, options: options) }
    func plan(_ scope: ScopeRequest = .everyone) async -> SyncReport { await engine().plan(scope, options: options) }

    /// Lets time pass for everybody.
    func pass(_ seconds: Int64) {
        clock.now = clock.now.advanced(bySeconds: seconds)
        directory.update { $0.now = $0.now.advanced(bySeconds: seconds) }
    }

    /// Refuses operations of a kind on an account.
    func refuse(_ label: String, _ account: AccountName, code: SyncError.Code = .server) {
        database.update { state in
            state.failure = { $0.label == label && $0.account == account ? SyncError(code, "refused") : nil }
        }
    }
}

/// A clock that is set by hand.
final class Clock: Sendable {
    private let storage = Locked(World.start)
    var now: Timestamp {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}

extension SyncReport {
    func target(_ name: TargetName) -> TargetReport { targets.first { $0.target == name } ?? .missing }
    var only: TargetReport { targets.first ?? .missing }
}

extension TargetReport {
    static let missing = TargetReport(target: "missing", failure: SyncError(.server, "the run has no such target"))

    /// How the operations ended: `lock ann done`.
    var ends: [String] {
        outcomes.map { outcome in
            let name = "\(outcome.operation.label) \(outcome.operation.account)"
            switch outcome.result {
            case .done: return "\(name) done"
            case .failed: return "\(name) failed"
            case .skipped: return "\(name) skipped"
            case .deferred: return "\(name) deferred"
            }
        }
    }
}
