// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncConfiguration

/// What a hub's configuration says, and what only the program can tell of one that is wrong.
struct HubConfigurationTests {
    private func problems(_ text: String) throws -> [String] { try Sample.problems(text, file: "c.json") }

    private static let queue = #""queueUrl": "https://sqs.eu-west-1.amazonaws.com/111111111111/eu""#
    private static let names = #""targets": ["orders"], "groups": ["DBA"]"#

    @Test func `two spokes of one name, and two with one queue, are refused`() throws {
        let spoke = #""name": "eu", \#(Self.queue), \#(Self.names)"#
        let others = [
            spoke.replacing("111111111111/eu", with: "111111111111/us"), spoke.replacing("\"eu\"", with: "\"us\""),
        ]
        for (other, what) in zip(others, ["name", "queue"]) {
            let found = try problems(HubSamples.spokes(spoke, other))
            #expect(found.contains { $0.contains("two spokes have one \(what)") }, "\(found)")
        }
    }

    @Test func `an address that does not say which Region it is in needs one beside it`() throws {
        let spoke = #""name": "eu", "queueUrl": "https://queues.example.com/eu", \#(Self.names)"#
        let found = try problems(HubSamples.spokes(spoke))
        #expect(found.contains { $0.contains("give region beside it") }, "\(found)")
        #expect(try problems(HubSamples.spokes(spoke + #", "region": "eu-west-1""#)) == [])
    }

    @Test func `what belongs to spokes is said to`() throws {
        let found = try problems(HubSamples.good[0].replacing("\"hub\"", with: "\"targets\": [], \"hub\""))
        #expect(found.contains { $0.contains("a hub has no databases") }, "\(found)")
    }

    @Test func `the groups of all spokes are read`() throws {
        let text = HubSamples.spokes(
            #""name": "eu", \#(Self.queue), "targets": ["a"], "groups": {"A": null, "B": "1"}"#,
            #""name": "us", "queueUrl": "https://sqs.us-east-1.amazonaws.com/1/us", "targets": ["b"], "groups": ["A", "C"]"#
        )
        let configuration = try ConfigurationFile(
            try DocumentReader().document(Array(text.utf8), file: "c.json"),
            path: "c.json"
        )
        let request = DirectoryRequest(groups: configuration.directoryGroups, scope: .everyone)
        #expect(request.groups.map(\.name) == ["A", "B", "C"])
        #expect(request.groups.map(\.pinnedId) == [nil, "1", nil])
        #expect(configuration.hub?.spokes.map(\.region) == ["eu-west-1", "us-east-1"])
        #expect(configuration.targets.isEmpty)
    }
}
