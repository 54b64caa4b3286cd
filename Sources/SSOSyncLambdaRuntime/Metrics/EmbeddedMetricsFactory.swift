// SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
public import SSOSyncCore
internal import Synchronization

/// A backend of [swift-metrics](https://github.com/apple/swift-metrics): gathers what is counted until somebody asks for the
/// lines in CloudWatch's embedded metric format.
///
/// Counters are summed up, meters and gauges say what they were last set to since; timers, in milliseconds, and recorders are taken
/// down value by value. There is the one dimension that ``EmbeddedMetrics`` has: figures of one label are one, whatever dimensions they are given.
public final class EmbeddedMetricsFactory: MetricsFactory {
    /// Given as a dimension, it says which unit of CloudWatch's a recorder has; without it, none.
    static let unitKey = "unit"

    private let namespace: String
    private let gathered: Mutex<EmbeddedMetrics>

    /// Nothing counted so far.
    ///
    /// - Parameter namespace: Under which the figures are found.
    public init(namespace: String = "SSOSync") {
        self.namespace = namespace
        gathered = Mutex(EmbeddedMetrics(deployment: "", namespace: namespace))
    }

    /// Hands out the lines for what there is, and begins anew.
    ///
    /// - Parameters:
    ///   - deployment: What it was counted for.
    ///   - now: The time of the figures.
    public func lines(for deployment: DeploymentOwner, at now: Timestamp) -> [String] {
        var metrics = EmbeddedMetrics(deployment: deployment, namespace: namespace)
        gathered.withLock { metrics.take(from: &$0) }
        return metrics.lines(at: now)
    }

    fileprivate func change(_ body: (inout EmbeddedMetrics) -> Void) { gathered.withLock { body(&$0) } }

    // MARK: Handlers

    /// What belongs to one label.
    private final class Handler: CounterHandler, RecorderHandler, TimerHandler {
        private let factory: EmbeddedMetricsFactory
        private let label: String
        private let unit: EmbeddedMetrics.Unit
        /// Whether all values count, or the last one only.
        private let keepsAll: Bool

        init(
            _ factory: EmbeddedMetricsFactory,
            _ label: String,
            _ unit: EmbeddedMetrics.Unit = .none,
            keepsAll: Bool = true
        ) {
            (self.factory, self.label, self.unit, self.keepsAll) = (factory, label, unit, keepsAll)
        }

        func increment(by amount: Int64) { factory.change { $0.count(label, by: Int(amount)) } }

        func reset() { factory.change { $0.forget(label) } }

        func record(_ value: Int64) { record(Double(value)) }

        func record(_ value: Double) {
            factory.change { metrics in
                if !keepsAll { metrics.forget(label) }
                metrics.record(label, value, unit: unit)
            }
        }

        func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000) }
    }

    /// A meter, which remembers where it is when its figure has been handed out.
    private final class Level: MeterHandler {
        private let handler: Handler
        private let level = Mutex(0.0)

        init(_ handler: Handler) { self.handler = handler }

        func set(_ value: Int64) { set(Double(value)) }

        func set(_ value: Double) { change { $0 = value } }

        func increment(by amount: Double) { change { $0 += amount } }

        func decrement(by amount: Double) { change { $0 -= amount } }

        private func change(_ body: (inout Double) -> Void) {
            level.withLock { level in
                body(&level)
                handler.record(level)
            }
        }
    }

    /// Makes a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Handler(self, label)
    }

    /// Makes a recorder; without `aggregate` the last value is the one that counts.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        let unit = dimensions.first { $0.0 == Self.unitKey }.flatMap { EmbeddedMetrics.Unit(rawValue: $0.1) }
        return Handler(self, label, unit ?? .none, keepsAll: aggregate)
    }

    /// Makes a meter.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Level(Handler(self, label, keepsAll: false))
    }

    /// Makes a timer.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Handler(self, label, .milliseconds)
    }

    /// Does nothing: what was counted is still to be handed out.
    public func destroyCounter(_ handler: any CounterHandler) {}

    /// Does nothing: what was recorded is still to be handed out.
    public func destroyRecorder(_ handler: any RecorderHandler) {}

    /// Does nothing: what was set is still to be handed out.
    public func destroyMeter(_ handler: any MeterHandler) {}

    /// Does nothing: what was recorded is still to be handed out.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
