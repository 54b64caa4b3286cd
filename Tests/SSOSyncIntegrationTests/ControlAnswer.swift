// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

/// What the function in the role *control* answers with.
struct ControlAnswer {
    let body: [String: Any]

    /// The last answer of a process.
    init(_ report: LambdaControlPlane.Report) throws {
        let text = try #require(report.outcomes.last).body
        body = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    var verdict: String? { (body["figures"] as? [String: Any])?["verdict"] as? String }

    /// The payload that approves what was planned.
    func approved(hash other: String? = nil) throws -> String {
        let order: [String: Any] = [
            "v": 1, "do": "apply", "approval": try #require(body["approval"]),
            "hash": try other ?? #require(body["hash"] as? String),
        ]
        let payload = try JSONSerialization.data(withJSONObject: ["sso-sync": order])
        return String(decoding: payload, as: UTF8.self)
    }

    /// The hash of the removals that the brake holds back on the only target.
    func removalsHash() throws -> String {
        let report = try #require(body["report"] as? [String: Any])
        let target = try #require((report["targets"] as? [[String: Any]])?.first)
        let content = try #require((target["plan"] as? [String: Any])?["content"] as? [String: Any])
        return try #require((content["brake"] as? [String: Any])?["removalsHash"] as? String)
    }
}
