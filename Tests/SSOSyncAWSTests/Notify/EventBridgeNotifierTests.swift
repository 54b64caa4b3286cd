// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Word through EventBridge")
struct EventBridgeNotifierTests {
    @Test func `a run and each of its changes reach a rule on the bus`() async throws {
        let messages = AWSMessages(try await AWSStandIn.world())
        let bus = try await messages.bus(source: EventBridgeNotifier.source)
        let notifier = EventBridgeNotifier(
            bus: bus.name,
            client: try messages.client(.eventBridge),
            settings: Runs.settings([.failure, .changes])
        )
        try await notifier.notify(Runs.report([Runs.changed("orders", made: 24, failed: 1)]))
        let events = try await bus.queue.drain().map(object)
        #expect(events.allSatisfy { $0["source"] as? String == "sso-sync" })
        let details = Dictionary(grouping: events) { $0["detail-type"] as? String ?? "" }
            .mapValues { $0.compactMap { $0["detail"] as? [String: Any] } }
        #expect(details["SSOSync Run"]?.count == 1)
        let run = details["SSOSync Run"]?.first
        #expect(run?["kinds"] as? [String] == ["failure", "changes"])
        let target = (run?["targets"] as? [[String: Any]])?.first
        #expect((target?["counts"] as? [String: Int])?["done"] == 24)
        #expect((target?["changes"] as? [Any])?.isEmpty == true)
        let changes = details["SSOSync Change"] ?? []
        #expect(changes.count == 24)
        #expect(changes.allSatisfy { $0["target"] as? String == "orders" && $0["owner"] as? String == "prod" })
        let change = changes.compactMap { $0["change"] as? [String: Any] }
        #expect(Set(change.compactMap { $0["user"] as? String }) == Set((0..<24).map { "u-\($0)" }))
        #expect(change.allSatisfy { $0["operation"] as? String == "create" && $0["account"] == nil })
    }

    @Test func `nothing is put on the bus if there is nothing to say`() async throws {
        let world = try await AWSStandIn.world()
        let client = try AWSMessages(world).client(.eventBridge)
        let notifier = EventBridgeNotifier(bus: "b", client: client, settings: Runs.settings([.failure, .brake]))
        try await notifier.notify(Runs.report([Runs.changed("orders", made: 2)]))
        #expect(try await world.calls().isEmpty)
    }

    @Test func `an event about a run is within the limit, however much there is to say`() throws {
        let targets = (0..<50).map { Runs.changed(TargetName("t\($0)"), made: 1, failed: 400) }
        let notice = try #require(Runs.notice(Runs.report(targets), Runs.settings([.failure, .changes], .names)))
        let events = EventBridgeNotifier.events(notice)
        #expect(events.count == 51)
        #expect(events.allSatisfy { $0.byteCount <= EventBridgeClient.byteLimit })
    }
}
