// SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
public import SSOSyncCore

/// Figures that CloudWatch takes from lines of the log, without an agent and without a call: its embedded metric format.
///
/// There is one dimension, the deployment: each further value of a dimension is a metric of its own that costs money, and
/// there may be thousands of targets.
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>)
public struct EmbeddedMetrics: Sendable, Hashable {
    /// CloudWatch's words for what figures count.
    public enum Unit: String, Sendable, Hashable, Encodable {
        /// How many.
        case count = "Count"
        /// How long.
        case milliseconds = "Milliseconds"
        /// How long, where it may be minutes.
        case seconds = "Seconds"
        /// How large.
        case bytes = "Bytes"
        /// Nobody has said.
        case none = "None"
    }

    private struct Metric: Hashable {
        var unit: Unit
        var values: [Double]
    }

    /// The deployment, which each figure is counted for.
    public let deployment: DeploymentOwner
    /// Under which the figures are found.
    public let namespace: String
    private var metrics: [String: Metric] = [:]

    /// The most figures that one line may describe, and the most values of one of them.
    static let limit = 100

    /// No figures yet.
    public init(deployment: DeploymentOwner, namespace: String = "SSOSync") {
        self.deployment = deployment
        self.namespace = namespace
    }

    /// Adds to what is counted.
    public mutating func count(_ name: String, by amount: Int = 1) {
        let before = metrics[name]?.values.first ?? 0
        metrics[name] = Metric(unit: .count, values: [before + Double(amount)])
    }

    /// Takes down one value among others, of which CloudWatch makes percentiles.
    public mutating func record(_ name: String, _ value: Double, unit: Unit) {
        // CloudWatch refuses the whole line for one value that is no number.
        guard value.isFinite else { return }
        metrics[name, default: Metric(unit: unit, values: [])].values.append(value)
    }

    /// Counts all of it with a backend of swift-metrics, and begins anew.
    public mutating func hand(to factory: any MetricsFactory) {
        for (name, metric) in metrics {
            guard metric.unit != .count else {
                let sum = metric.values.reduce(0, +)
                Counter(label: name, factory: factory).increment(by: Int64(sum))
                continue
            }
            let unit = [(EmbeddedMetricsFactory.unitKey, metric.unit.rawValue)]
            let recorder = Recorder(label: name, dimensions: unit, factory: factory)
            for value in metric.values { recorder.record(value) }
        }
        metrics = [:]
    }

    /// Takes over what has been counted for nobody so far.
    mutating func take(from other: inout EmbeddedMetrics) {
        metrics = other.metrics
        other.metrics = [:]
    }

    /// Begins one of them anew.
    mutating func forget(_ name: String) { metrics[name] = nil }

    /// Hands out the lines for what there is, and begins anew.
    ///
    /// - Parameter now: The time of the figures.
    public mutating func lines(at now: Timestamp) -> [String] {
        defer { metrics = [:] }
        var left = metrics.sorted { $0.key < $1.key }[...]
        var lines: [String] = []
        while !left.isEmpty {
            lines.append(CanonicalJSON.asciiText(Line(self, Array(left.prefix(Self.limit)), at: now)))
            let more = left.prefix(Self.limit).compactMap { name, metric -> (key: String, value: Metric)? in
                guard metric.values.count > Self.limit else { return nil }
                return (name, Metric(unit: metric.unit, values: Array(metric.values.dropFirst(Self.limit))))
            }
            left = more + left.dropFirst(Self.limit)
        }
        return lines
    }

    /// One line of the log.
    private struct Line: Encodable {
        /// Passes whatever filter the log has.
        ///
        /// Lambda takes a line without a level, or without a time that it can read, for `INFO`, and drops it where the log begins
        /// with `WARN` (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>). To CloudWatch both
        /// are members beside the figures, which a line may have.
        private static let level = "FATAL"

        private let metrics: EmbeddedMetrics
        private let chosen: [(key: String, value: Metric)]
        private let now: Timestamp

        init(_ metrics: EmbeddedMetrics, _ chosen: [(key: String, value: Metric)], at now: Timestamp) {
            (self.metrics, self.chosen, self.now) = (metrics, chosen, now)
        }

        func encode(to encoder: any Encoder) throws {
            var line = encoder.container(keyedBy: Key.self)
            try line.encode(Self.level, forKey: Key("level"))
            try line.encode(now, forKey: Key("timestamp"))
            try line.encode(metrics.deployment, forKey: Key("deployment"))
            for (name, metric) in chosen {
                try line.encode(Array(metric.values.prefix(EmbeddedMetrics.limit)), forKey: Key(name))
            }
            var about = line.nestedContainer(keyedBy: Key.self, forKey: Key("_aws"))
            try about.encode(now.millisecondsSince1970, forKey: Key("Timestamp"))
            let definitions = chosen.map { Definition(Name: $0.key, Unit: $0.value.unit) }
            let directive = Directive(Namespace: metrics.namespace, Dimensions: [["deployment"]], Metrics: definitions)
            try about.encode([directive], forKey: Key("CloudWatchMetrics"))
        }
    }

    private struct Definition: Encodable {
        let Name: String
        let Unit: Unit
    }

    private struct Directive: Encodable {
        let Namespace: String
        let Dimensions: [[String]]
        let Metrics: [Definition]
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}
