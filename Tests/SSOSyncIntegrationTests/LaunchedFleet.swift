// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

/// A hub and its spokes between the buses and queues of their templates.
struct LaunchedFleet {
    private let story: FleetStory
    private let hub: LaunchedTemplate
    private let spokes: [LaunchedTemplate]

    init(_ original: FleetStory) async throws {
        var (story, spokes) = (original, [LaunchedTemplate]())
        for (number, spoke) in story.spokes.enumerated() {
            let template = try await LaunchedTemplate(
                "spoke",
                configuration: Array(spoke.configuration.utf8),
                ["SpokeName": spoke.name],
                in: story.aws
            )
            try story.move(spoke: number, to: template.queue, with: template.variables)
            spokes.append(template)
        }
        hub = try await .withBus("hub", configuration: Array(story.configuration.utf8), in: story.aws)
        story.variables = hub.variables
        (self.story, self.spokes) = (story, spokes)
    }

    /// Publishes an event, and hands the hub, and then the spokes, what arrives.
    ///
    /// - Parameter earlier: How many were published before it.
    func tell(_ title: String, of person: Int, earlier: Int) async throws {
        try await hub.publish(try EventBridgeEvent(sample: title, person, FleetStory.readers, in: story.aws))
        #expect(try await hub.messages() == ["": 1, "Delayed": earlier, "NotVisible": 0], "\(title)")
        let report = try await hub.deliver { try await story.playHub([$0]) }
        #expect(report.metric("MessagesSent") == Double(spokes.count), "\(report.output)")
        #expect(try await hub.messages() == ["": 0, "Delayed": earlier + 1, "NotVisible": 0], "\(title)")
        for (spoke, template) in zip(story.spokes, spokes) {
            #expect(try await template.messages() == ["": 1, "Delayed": 0, "NotVisible": 0], "\(title)")
            let report = try await template.deliver { try await story.play(spoke, [$0]) }
            #expect(report.metric("TargetsFailed") == 0, "\(report.output)")
            #expect(try await template.messages() == ["": 0, "Delayed": 0, "NotVisible": 0], "\(title)")
        }
    }
}
