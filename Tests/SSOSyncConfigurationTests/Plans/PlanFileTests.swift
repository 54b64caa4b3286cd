// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Plans that are saved, approved and read again.
struct PlanFileTests {
    private let folder: TemporaryFolder
    private let plan = World.plan()
    private let file: PlanFile
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/plan.json"
        file = try #require(
            PlanFile(
                World.report(.plan, [TargetReport(target: "orders", plan: plan)]),
                configuration: "c0ffee",
                scope: .people(["u-2", "u-1"]),
                releasedRemovals: ["b", "a"]
            )
        )
        try file.write(to: path)
    }

    private func read(
        _ hash: String? = nil,
        configuration: String = "c0ffee",
        now: Timestamp = World.now
    ) -> Result<PlanFile, PlanFileError> {
        Result { () throws(PlanFileError) in
            try PlanFile(path: path, approvalHash: hash ?? file.approvalHash, configuration: configuration, now: now)
        }
    }

    private func code(_ result: Result<PlanFile, PlanFileError>) -> PlanFileError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    /// The file's digest as anybody can have it.
    private func sha256sum() throws -> String {
        String(try ChildProcess.outputBlocking(["sha256sum", path]).prefix { $0 != " " })
    }

    private func change(_ change: (inout String) -> Void) throws {
        var text = try String(contentsOfFile: path, encoding: .utf8)
        change(&text)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func `what was approved is read, with scope and released removals`() throws {
        let read = try read().get()
        #expect(read.approvedPlans == ["orders": plan.contentHash])
        #expect(read.scopeRequest == .people(["u-1", "u-2"]))
        #expect(read.releasedRemovals == ["a", "b"])
        #expect(read.createdAt == World.now)
        #expect(read.expiresAt == World.now.advanced(bySeconds: 86_400))
        #expect(read.bytes == file.bytes)
    }

    @Test func `the hash is the one that sha256sum prints`() throws {
        #expect(try sha256sum() == file.approvalHash)
        #expect(code(read(file.approvalHash.uppercased())) == nil)
    }

    @Test func `every change of the file is found`() throws {
        let changes: [(inout String) -> Void] = [
            { $0 = $0.replacing("ada.lovelace", with: "eve.lovelace") }, { $0 += "\n" },
            { $0 = $0.replacing("\"c0ffee\"", with: "\"c0ffef\"") },
            { $0 = $0.replacing("{\"configuration\"", with: "{\"extra\":1,\"configuration\"") },
        ]
        let original = try String(contentsOfFile: path, encoding: .utf8)
        for change in changes {
            try self.change { $0 = original }
            try self.change(change)
            #expect(try String(contentsOfFile: path, encoding: .utf8) != original)
            #expect(code(read()) == .altered)
        }
    }

    @Test func `another file than the approved one is refused`() {
        #expect(code(read(String(repeating: "0", count: 64))) == .altered)
    }

    @Test func `a plan expires after a day`() {
        #expect(code(read(now: World.now.advanced(bySeconds: 86_399))) == nil)
        #expect(code(read(now: World.now.advanced(bySeconds: 86_400))) == .expired)
    }

    @Test func `a plan for another configuration is refused`() {
        #expect(code(read(configuration: "decaf")) == .otherConfiguration)
    }

    @Test(arguments: ["", "hello", "{}", "[]", #"{"kind": "other", "version": 1, "tool": "x"}"#])
    func `what is no plan is called so`(text: String) throws {
        try change { $0 = text }
        #expect(code(read()) == .notAPlan)
    }

    @Test func `a file that is missing is told`() throws {
        try FileManager.default.removeItem(atPath: path)
        #expect(code(read()) == .unreadable)
    }

    @Test func `a plan of another layout is refused`() throws {
        try change { $0 = #"{"kind":"sso-sync plan","tool":"sso-sync 9.0","version":9}"# }
        let hash = "2ddd2a9ee0ac4b34c4ac4d97c3b0c1a4b1cb45ac3d7c5a1d3bf5b6a4fe0f0d4a"
        #expect(code(read(hash)) == .altered)
        #expect(code(read(try sha256sum())) == .otherVersion)
    }

    @Test func `a run without a plan saves none`() {
        let report = World.report(.plan, [], sourceFailure: SyncError(.source, "no"))
        #expect(PlanFile(report, configuration: "", scope: .everyone) == nil)
    }

    @Test func `nothing of a marker, and no operation to execute, is in the file`() throws {
        let read = try read().get()
        #expect(read.plans.flatMap(\.operations).allSatisfy { $0.marker == nil })
    }
}
