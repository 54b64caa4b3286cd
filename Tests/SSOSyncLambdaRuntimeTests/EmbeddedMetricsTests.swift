// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncLambdaRuntime
import Testing

struct EmbeddedMetricsTests {
    private func lines(_ fill: (inout EmbeddedMetrics) -> Void) throws -> [[String: Any]] {
        var metrics = EmbeddedMetrics(deployment: "prod")
        fill(&metrics)
        let lines = metrics.lines(at: .init(millisecondsSince1970: 1_700_000_000_123))
        #expect(metrics.lines(at: .init(secondsSince1970: 1)).isEmpty)
        return try lines.map { line in
            #expect(!line.contains("\n"))
            return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private func directive(_ line: [String: Any]) throws -> [String: Any] {
        let about = try #require(line["_aws"] as? [String: Any])
        #expect(about["Timestamp"] as? Int == 1_700_000_000_123)
        return try #require((about["CloudWatchMetrics"] as? [[String: Any]])?.first)
    }

    @Test func `a line is what CloudWatch's specification says, with the deployment as the only dimension`() throws {
        let line = try #require(
            try lines {
                $0.count("Invocations")
                $0.count("Invocations", by: 2)
                $0.record("Duration", 12.5, unit: .milliseconds)
                $0.record("Duration", .infinity, unit: .milliseconds)
            }.first
        )
        #expect(line["deployment"] as? String == "prod")
        #expect(line["Invocations"] as? [Double] == [3])
        #expect(line["Duration"] as? [Double] == [12.5])
        let directive = try directive(line)
        #expect(directive["Namespace"] as? String == "SSOSync")
        #expect(directive["Dimensions"] as? [[String]] == [["deployment"]])
        #expect(
            directive["Metrics"] as? [[String: String]] == [
                ["Name": "Duration", "Unit": "Milliseconds"], ["Name": "Invocations", "Unit": "Count"],
            ]
        )
    }

    @Test func `every line passes Lambda's filter of levels, whatever it is set to`() throws {
        let lines = try lines { metrics in for number in 0..<101 { metrics.count("count\(number)") } }
        #expect(lines.count == 2)
        for line in lines {
            #expect(line["level"] as? String == "FATAL")
            // Without a time of RFC 3339 the level would not count.
            #expect(line["timestamp"] as? String == "2023-11-14T22:13:20.123Z")
        }
    }

    @Test func `nothing is left out where CloudWatch takes only a hundred`() throws {
        let lines = try lines { metrics in
            for number in 0..<250 { metrics.count("count\(number)") }
            for number in 0..<350 { metrics.record("value", Double(number), unit: .bytes) }
        }
        var names: Set<String> = []
        var values: [Double] = []
        for line in lines {
            let defined = try #require(try directive(line)["Metrics"] as? [[String: String]]).compactMap { $0["Name"] }
            #expect(defined.count <= 100)
            for name in defined { #expect(((line[name] as? [Double])?.count ?? 0) <= 100) }
            names.formUnion(defined)
            values += line["value"] as? [Double] ?? []
        }
        #expect(names.count == 251)
        #expect(values == (0..<350).map(Double.init))
    }
}
