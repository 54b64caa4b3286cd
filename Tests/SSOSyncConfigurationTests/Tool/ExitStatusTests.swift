// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import Testing

/// The numbers that pipelines go by.
struct ExitStatusTests {
    private struct Unexpected: Error {}

    @Test func `errors have the exit codes of the design`() throws {
        let configuration = #expect(throws: ConfigurationError.self) { try Sample.configuration("", file: "c.yaml") }
        #expect(ExitStatus.of(try #require(configuration)) == 78)
        let plan = #expect(throws: PlanFileError.self) {
            try PlanFile(path: "/nowhere", approvalHash: "", configuration: "")
        }
        #expect(ExitStatus.of(try #require(plan)) == 78)
        #expect(ExitStatus.of(SyncError(.source, "")) == 69)
        #expect(ExitStatus.of(SyncError(.unreachable, "")) == 4)
        #expect(ExitStatus.of(SyncError(.busy, "")) == 5)
        #expect(ExitStatus.of(UsageError("")) == 64)
        #expect(ExitStatus.of(Unexpected()) == 70)
    }

    @Test func `runs have the exit codes of the design`() {
        #expect(Verdict.allCases.map(\.exitCode) == [69, 4, 3, 5, 2, 0])
    }
}
