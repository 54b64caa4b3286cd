// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

/// `config check` of a hub, and `config render`.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct ConfigToolTests {
    private let folder: TemporaryFolder
    private let tool: Tool

    init() throws {
        folder = try TemporaryFolder()
        tool = Tool(folder: folder)
        try folder.write(Self.hub, to: "hub.yaml")
        try folder.write(
            "people: [{ id: u-1, userName: ann }]\ngroups: [{ id: g-1, name: DBA, members: [u-1] }, { id: g-2, name: Ops, members: [] }]",
            to: "people.yaml"
        )
    }

    private static let hub = """
        version: 1
        owner: prod
        directory: { file: { path: people.yaml, id: d-1234567890 } }
        hub:
          key: alias/sso-sync
          snapshots: [{ s3: s3://example-sso-sync/snapshot.json }]
          spokes:
            - name: shop
              queueUrl: https://sqs.eu-west-1.amazonaws.com/222222222222/sso-sync-prod-shop-messages
              targets: [orders, stock]
              groups: { DBA: g-1, Ops: }
        """

    private func check() throws -> ChildProcess.Outcome { try tool.run("config", "check", "-c", "hub.yaml") }

    @Test func `a hub's configuration is checked, and the groups are named that it does not pin`() throws {
        let result = try check()
        #expect(result.status == 0, "\(result)")
        #expect(
            result.output == """
                hub.yaml is good. Deployment prod, directory d-1234567890 with 1 person.
                  snapshot: s3://example-sso-sync/snapshot.json
                  shop: orders, stock, by https://sqs.eu-west-1.amazonaws.com/222222222222/sso-sync-prod-shop-messages
                Pin groups by id, or one that is created anew under the same name passes for the old one:
                  * group Ops is not pinned to its id: g-2

                """
        )
    }

    @Test func `a group that a hub's spoke maps and the directory lacks is 69, a key without a Region 78`() throws {
        try folder.write(Self.hub.replacing("Ops:", with: "Gone:"), to: "hub.yaml")
        let gone = try check()
        #expect(gone.status == 69, "\(gone)")
        #expect(gone.errors.contains("Gone"), "\(gone)")
        var nowhere = tool
        nowhere.environment = [:]
        let result = try nowhere.run("config", "check", "-c", "hub.yaml")
        #expect(result.status == 78, "\(result)")
        #expect(result.errors.contains("hub.key: does not say which Region it is in"), "\(result)")
    }

    @Test func `a frozen hub says so`() throws {
        try folder.write(Self.hub + "\nrollout: { freeze: everything }", to: "hub.yaml")
        #expect(try check().output.contains("EVERYTHING IS FROZEN"))
    }

    @Test func `what wants databases says what looks at a hub's configuration`() throws {
        for verb in ["plan", "doctor"] {
            let result = try tool.run(verb, "-c", "hub.yaml")
            #expect(result.status == 78, "\(result)")
            #expect(result.errors.contains("sso-sync config check looks at it"), "\(result)")
        }
    }

    @Test func `what is rendered is checked as the same, and its hash is told beside it`() throws {
        let rendered = try tool.run("config", "render", "-c", "hub.yaml")
        #expect(rendered.status == 0, "\(rendered)")
        let checksum = SHA256.digest(Array(rendered.output.utf8)).hexadecimal
        #expect(rendered.errors == "SHA-256 \(checksum)\n")
        try folder.write(rendered.output, to: "hub.json")
        let checked = try tool.run("config", "check", "-c", "hub.json")
        #expect(try checked.output == check().output.replacing("hub.yaml", with: "hub.json"), "\(checked)")
    }

    @Test func `what a function has no variables for is told beside what is rendered`() throws {
        try folder.write(
            Self.hub + "\nnotify: [{ webhook: { urlVariable: HOOK } }]",
            to: "hub.yaml"
        )
        let rendered = try tool.run("config", "render", "-c", "hub.yaml")
        #expect(rendered.status == 0, "\(rendered)")
        let checksum = SHA256.digest(Array(rendered.output.utf8)).hexadecimal
        let remark =
            "notify[0].webhook.urlVariable: the templates set no such variable for the function: give urlFile, with the file in the zip"
        #expect(rendered.errors == "SHA-256 \(checksum)\n\(remark)\n")
    }
}
