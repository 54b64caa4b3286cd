// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Foundation
import SSOSyncCore
import SSOSyncLambdaRuntime
import Testing

struct EmbeddedMetricsFactoryTests {
    private let factory = EmbeddedMetricsFactory()

    private func line() throws -> [String: Any] {
        let lines = factory.lines(for: "prod", at: .init(secondsSince1970: 1))
        #expect(factory.lines(for: "prod", at: .init(secondsSince1970: 2)).isEmpty)
        #expect(lines.count == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
    }

    private func units(_ line: [String: Any]) -> [String: String] {
        let about = line["_aws"] as? [String: Any]
        let metrics = (about?["CloudWatchMetrics"] as? [[String: Any]])?.first?["Metrics"] as? [[String: String]] ?? []
        return Dictionary(uniqueKeysWithValues: metrics.map { ($0["Name"] ?? "", $0["Unit"] ?? "") })
    }

    @Test func `what is counted with swift-metrics comes out in one line, for the deployment and nothing else`() throws
    {
        let counter = Counter(label: "Questions", dimensions: [("target", "orders")], factory: factory)
        counter.increment()
        Counter(label: "Questions", dimensions: [("target", "shop")], factory: factory).increment(by: 2)
        Recorder(label: "Sizes", factory: factory).record(5)
        Recorder(label: "Sizes", factory: factory).record(6.5)
        let timer = CoreMetrics.Timer(label: "Took", factory: factory)
        timer.recordMilliseconds(12)
        let gauge = Gauge(label: "Level", factory: factory)
        for level in [1, 7] { gauge.record(level) }
        let meter = Meter(label: "Depth", factory: factory)
        meter.set(3)
        meter.increment(by: 2)
        let line = try line()
        #expect(line["deployment"] as? String == "prod" && line["target"] == nil)
        #expect(line["Questions"] as? [Double] == [3])
        #expect(line["Sizes"] as? [Double] == [5, 6.5])
        #expect(line["Took"] as? [Double] == [12])
        #expect(line["Level"] as? [Double] == [7])
        #expect(line["Depth"] as? [Double] == [5])
        #expect(
            units(line) == [
                "Questions": "Count", "Sizes": "None", "Took": "Milliseconds", "Level": "None", "Depth": "None",
            ]
        )
        // It goes on from where it was.
        meter.decrement(by: 1)
        #expect(try self.line()["Depth"] as? [Double] == [4])
    }

    @Test func `a counter that is reset has counted nothing`() throws {
        let counter = Counter(label: "Questions", factory: factory)
        counter.increment()
        counter.reset()
        #expect(factory.lines(for: "prod", at: .now).isEmpty)
    }

    @Test func `a function's own figures go through it with their units, zeros too`() throws {
        var own = EmbeddedMetrics(deployment: "prod")
        own.count("Runs")
        own.count("Changes", by: 0)
        for seconds in [0.5, 1.5] { own.record("EventToDone", seconds, unit: .seconds) }
        own.hand(to: factory)
        #expect(own == EmbeddedMetrics(deployment: "prod"))
        let line = try line()
        #expect(line["Runs"] as? [Double] == [1] && line["Changes"] as? [Double] == [0])
        #expect(line["EventToDone"] as? [Double] == [0.5, 1.5])
        #expect(units(line) == ["Runs": "Count", "Changes": "Count", "EventToDone": "Seconds"])
    }
}
