// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Random changes of a directory through a hub and its spokes, on whose way everything happens to events and messages.
@Suite("Streams of changes through a hub and its spokes", .timeLimit(.minutes(10)))
struct FleetStreamTests {
    @Test(arguments: [11, 13] as [UInt64])
    func
        `whatever is done to events and messages, nobody gets in but by a reading that had them in, no earlier than the last, and the next full run makes what the directory says`(
            seed: UInt64
        ) async throws
    {
        try await FleetStory.onEachEngine { story in
            var stream = try await FleetStream(story, seed: seed)
            for turn in 0..<6 {
                try await stream.change()
                try await stream.tellHub(isTime: turn == 3)
                for number in story.spokes.indices { try await stream.deliverSome(to: number) }
            }
            let work = try await stream.makeFullRun()
            try await stream.check()
            // What the hub is told of late, or once more, is nothing new to anybody.
            try await stream.tellHubAgain()
            try await stream.check()
            // All that is old comes once more after the full run: to a process that has seen that, and to one that has not.
            for (number, spoke) in story.spokes.enumerated() {
                let old = try LambdaEvents.batch(stream.old(for: number))
                let report = try await story.play(spoke, [try LambdaEvents.batch(work[number]), old])
                #expect(report.metric("TargetsFailed") == 0)
                #expect(try await stream.isOutWhoIsNotDue(number))
                _ = try await story.play(spoke, [old])
                try await stream.look(at: number)
            }
            _ = try await stream.makeFullRun()
            try await stream.check()
        }
    }
}
