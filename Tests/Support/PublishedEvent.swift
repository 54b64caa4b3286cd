// SPDX-License-Identifier: Apache-2.0

import Foundation
package import SSOSyncAWS

extension EventBridgeEvent {
    /// A sample that the decoder's tests have, as if it had just happened here.
    ///
    /// - Parameters:
    ///   - title: What it is called there.
    ///   - person: The number of the person, if it tells of one.
    ///   - group: The group, if it tells of one.
    ///   - aws: Whose store it is about.
    package init(sample title: String, _ person: Int, _ group: String, in aws: AWSStandIn.World) throws {
        let file = ChildProcess.root.appending(path: "Tests/SSOSyncAWSTests/Events/sample_events.json")
        let samples = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]] ?? []
        guard
            let event = samples.first(where: { $0["title"] as? String == title })?["event"] as? [String: Any],
            let source = event["source"] as? String, let kind = event["detail-type"] as? String,
            let detail = event["detail"], let resources = event["resources"] as? [String]
        else { throw ChildProcess.Failure(description: "no sample is called \(title)") }
        let now = Date.now
        let names = [
            "906788b0-1111-4222-8333-444455556666": AWSStandIn.id(person),
            "906788B0-1111-4222-8333-444455556666": AWSStandIn.id(person).uppercased(),
            "a1b2c3d4-1111-4222-8333-999988887777": group,
            "d-1234567890": aws.store, "2026-11-22T07:23:00Z": now.ISO8601Format(),
        ]
        func told(_ text: String) -> String { names.reduce(text) { $0.replacing($1.key, with: $1.value) } }
        self.init(
            source: source,
            detailType: kind,
            detail: told(String(decoding: try JSONSerialization.data(withJSONObject: detail), as: UTF8.self)),
            resources: resources.map(told),
            time: now
        )
    }

    /// What a queue gets of it: with the envelope that the bus puts around it.
    package var message: String {
        let quoted = resources.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            {"version": "0", "id": "\(UUID())", "detail-type": "\(detailType)", "source": "\(source)", "account": \
            "111122223333", "time": "\((time ?? .now).ISO8601Format())", "region": "eu-west-1", "resources": [\(quoted)], \
            "detail": \(detail)}
            """
    }
}
