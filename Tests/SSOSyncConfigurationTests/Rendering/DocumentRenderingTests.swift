// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// A run as a script, and as JSON.
struct DocumentRenderingTests {
    @Test func `a script has the reasons as comments`() {
        let plan = World.plan()
        let report = World.report(
            .plan,
            [TargetReport(target: "orders", plan: plan, script: ["BEGIN", "DROP ROLE \"x\";"])]
        )
        let lines = ScriptRenderer.text(report).split(separator: "\n")
        #expect(lines[0] == "-- orders: PostgreSQL, mode enforce, plan \(plan.contentHash)")
        #expect(lines[1] == "-- lock left.lane: is in none of this target's groups any more")
        #expect(lines.contains("BEGIN;"))
        #expect(lines.contains("DROP ROLE \"x\";"))
    }

    @Test func `JSON is one canonical document`() throws {
        let plan = World.plan()
        let report = World.report(.plan, [TargetReport(target: "orders", plan: plan)])
        let text = ReportView(report).text
        #expect(text == ReportView(report).text)
        #expect(text.hasSuffix("}\n"))
        #expect(text.contains(#""verdict":"changes-pending""#))
        #expect(text.contains("\"planHash\":\"\(plan.contentHash)\""))
        #expect(text.contains(String(decoding: CanonicalJSON.bytes(plan), as: UTF8.self)))
    }
}
