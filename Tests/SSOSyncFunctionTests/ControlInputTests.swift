// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

struct ControlInputTests {
    private static let hash = String(repeating: "0a", count: 32)
    private static let approval =
        #"{"configuration":"c","expiresAt":"2026-11-22T07:23:00Z","plans":{"orders":"p"},"releasedRemovals":["r"]}"#

    private func input(_ order: String) throws(FunctionFailure) -> ControlInput {
        try ControlInput(Array(#"{"sso-sync":\#(order)}"#.utf8))
    }

    @Test func `each order is taken`() throws {
        #expect(try input(#"{"v":1,"do":"plan"}"#) == .plan)
        #expect(try input(#"{"do":"doctor","v":1}"#) == .doctor)
        #expect(
            try input(#"{"v":1,"do":"release-brake","hash":"3a7bd3e2360a3d29"}"#)
                == .releaseBrake(hash: "3a7bd3e2360a3d29")
        )
        let order = #"{"v":1,"do":"apply","approval":\#(Self.approval),"hash":"\#(Self.hash)"}"#
        guard case .apply(let approval, let hash) = try input(order) else {
            Issue.record("it is something else")
            return
        }
        #expect(hash == Self.hash)
        #expect(approval.approvedPlans == ["orders": "p"])
        #expect(approval.releasedRemovals == ["r"])
    }

    @Test(arguments: [
        "null", "{}", #"{"v":2,"do":"plan"}"#, #"{"v":1,"do":"drop"}"#, #"{"v":1,"do":"plan","x":1}"#,
        #"{"v":1,"run":"full"}"#, #"{"v":1,"do":"plan","do":"apply"}"#, #"{"v":1,"do":"release-brake"}"#,
        #"{"v":1,"do":"release-brake","hash":"3A7BD3E2360A3D29"}"#, #"{"v":1,"do":"release-brake","hash":"*"}"#,
        #"{"v":1,"do":"apply","hash":"3a7bd3e2360a3d29"}"#,
        #"{"v":1,"do":"apply","approval":"all","hash":"\#(hash)"}"#,
        #"{"v":1,"do":"apply","approval":\#(approval),"hash":"0a"}"#,
    ])
    func `everything else is refused`(order: String) {
        let failure = #expect(throws: FunctionFailure.self) { try input(order) }
        #expect(failure?.reason == "InputRefused")
    }

    @Test func `batches, schedules and garbage are refused, however long`() throws {
        let payloads = [
            "", "garbage", LambdaEvents.schedule, LambdaEvents.schedulerInput, try LambdaEvents.batch(["x"]),
            String(repeating: "[", count: 6 << 20),
        ]
        for payload in payloads {
            #expect(throws: FunctionFailure.self) { try ControlInput(Array(payload.utf8)) }
        }
    }

    @Test func `an answer that Lambda would refuse loses its report, and says so`() {
        let run = SyncReport(
            runId: "0123456789abcdef",
            kind: .plan,
            startedAt: .now,
            finishedAt: .now,
            directoryAsOf: nil,
            sourceFailure: nil,
            targets: []
        )
        let answer = ControlAnswer(run)
        let whole = answer.bytes()
        #expect(answer.bytes(limit: whole.count) == whole)
        let short = String(decoding: answer.bytes(limit: whole.count - 1), as: UTF8.self)
        #expect(!short.contains(#""report""#) && short.contains(#""figures""#))
        #expect(short.contains("with it the answer has \(whole.count) bytes"))
    }
}
