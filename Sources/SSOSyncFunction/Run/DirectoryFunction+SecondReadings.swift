// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// What is read once more, since a directory may lag behind its events.
extension DirectoryFunction {
    /// After how many seconds that is.
    private static let secondReadingDelay = 120

    /// Whom to read once more, of those whom events concerned; in parts as they are read, since a message is done with as a whole.
    ///
    /// What was a second reading itself causes none.
    func secondReadings(of items: [EventBatch.Item], _ mapped: ScopeResolver.Mapped) -> [SecondReading] {
        let scope = items.reduce(into: EventScope()) { scope, item in
            guard !item.isSecond else { return }
            scope.formUnion(mapped.part(of: item.scope))
            scope.groups.formUnion(item.scope.groups.intersection(mapped.doubtful))
        }
        guard !scope.isUnbounded else { return [SecondReading(.unbounded)].compactMap(\.self) }
        var parts = parts(of: scope.people).map { EventScope(people: $0) }
        parts[0].groups = scope.groups
        return parts.compactMap { SecondReading($0) }
    }

    /// Has the queue bring second readings.
    func request(_ second: [SecondReading], _ metrics: inout EmbeddedMetrics) async {
        for reading in second {
            do {
                guard let queue else { throw AWSError(.invalidArgument, "SSOSYNC_EVENT_QUEUE_URL is not set") }
                try await queue.sendMessage(reading.text, delay: Self.secondReadingDelay)
                metrics.count("SecondReadings")
            } catch {
                metrics.count("SecondReadingsNotSent")
                logger.warning(
                    "nothing is read a second time, so what the directory showed too late waits for the full run: \(error)"
                )
            }
        }
    }
}
