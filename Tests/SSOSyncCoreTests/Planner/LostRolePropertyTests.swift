// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// Facts about people who stay and lose a role that a session of theirs may be in.
@Suite("Sessions of whoever loses a role, whatever the world")
struct LostRolePropertyTests {
    private static func losses(_ plan: Plan) -> [SSOSyncCore.Operation] {
        plan.operations("revoke").filter { $0.marker?.state == .active }
    }

    @Test
    func
        `whoever stays and loses a role, or returns with a session, is disconnected, and nobody else who is not noted`()
        async
    {
        var seen = 0
        await World.each(3_000) { world, _ in
            let plan = world.plan()
            let ended = plan.operations("disconnect")
            try require(Set(ended.map(\.user)).count == ended.count, "nobody is disconnected twice")
            for loss in Self.losses(plan) {
                seen += 1
                try require(loss.marker?.isToBeDisconnected == true, "\(loss.account): it is noted with the revocation")
                try require(ended.contains { $0.user == loss.user }, "\(loss.account) keeps what it is in")
            }
            let losers = Set(Self.losses(plan).map(\.user))
            let connected = Set(world.ours.values.filter { $0.sessions > 0 }.compactMap(\.user))
            let returning = Set(plan.operations("restore").map(\.user)).intersection(connected)
            if world.policy.mode != .joins {
                try require(returning.isSubset(of: ended.map(\.user)), "a session of before stays: \(plan.labels)")
            }
            let noted = Set(world.ours.values.filter { $0.markerValue?.isToBeDisconnected == true }.compactMap(\.user))
            for operation in ended {
                try require(
                    losers.union(noted).union(returning).contains(operation.user),
                    "\(operation.account) has lost nothing"
                )
                try require(operation.marker?.isToBeDisconnected == false, "\(operation.account) is noted for ever")
                try require(operation.marker?.state == .active, "\(operation.account) is locked by it")
            }
        }
        #expect(seen > 200)
    }

    @Test func `where runs only let people in, nobody is disconnected`() async {
        var seen = 0
        await World.each(1_500) { world, _ in
            guard world.policy.mode == .joins else { return }
            let plan = world.plan()
            if world.ours.values.contains(where: { $0.markerValue?.isToBeDisconnected == true }) { seen += 1 }
            try require(plan.operations("disconnect").isEmpty, "\(plan.labels)")
        }
        #expect(seen > 20)
    }

    /// A run that is broken off between any two operations; the next one knows who has lost something.
    @Test func `a run that breaks off leaves nobody in a role that was taken`() async {
        var cuts = 0
        await World.each(1_500) { world, random in
            var world = world
            let plan = world.plan()
            guard world.policy.mode == .enforce, !Self.losses(plan).isEmpty, !world.hasDuplicateMarkers else { return }
            let done = plan.operations.prefix(Int.random(in: 0...plan.operations.count, using: &random))
            for operation in done { try world.server.apply(operation) }
            let next = world.plan()
            let disconnected = Set(done.filter { $0.action == .disconnect }.map(\.user))
            for loss in Self.losses(plan) where done.contains(loss) && !disconnected.contains(loss.user) {
                cuts += 1
                try require(
                    next.operations("disconnect").contains { $0.user == loss.user },
                    "\(loss.account) keeps what it is in: \(next.labels) after \(done.map(\.label))"
                )
            }
        }
        #expect(cuts > 30)
    }
}
