// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncCore

/// One run of a handler, which is cancelled shortly before its time is up, and given up if it goes on all the same.
struct AttendedHandler {
    /// How the run ended.
    enum End: Sendable {
        case returned([UInt8])
        case threw(FunctionError)
        case stuck
    }

    let invocation: LambdaInvocation
    let options: LambdaRuntime.Options
    let logger: Logger

    init(_ invocation: LambdaInvocation, options: LambdaRuntime.Options, logger: Logger) {
        self.invocation = invocation
        self.options = options
        self.logger = logger
    }

    func run(_ handler: @escaping LambdaInvocation.Handler) async -> End {
        // The deadline is on the wall's clock. It is looked at once: from here on a clock counts that nobody sets.
        let left = Duration.milliseconds(
            invocation.deadline.millisecondsSince1970 - Timestamp.now.millisecondsSince1970
        )
        let reserve = min(options.reserve, max(left, .zero) / 2)
        let end = ContinuousClock.now + left
        // The first end counts, whether anybody waits for it yet or not.
        let (ends, first) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            let ended = await LambdaInvocation.$current.withValue(invocation) {
                await AWSTrace.$header.withValue(invocation.traceId) { await Self.end(of: handler, invocation) }
            }
            first.yield(ended)
        }
        let watch = Task {
            try await sleepInPieces(until: end - reserve)
            logger.warning(
                "the time is nearly up, and the work is stopped",
                metadata: ["requestId": "\(invocation.requestId)"]
            )
            work.cancel()
            try await Task.sleep(until: end - min(options.reportReserve, reserve / 2), clock: .continuous)
            first.yield(.stuck)
        }
        defer {
            work.cancel()
            watch.cancel()
        }
        for await end in ends { return end }
        return .threw(.stopped)
    }

    private static func end(of handler: LambdaInvocation.Handler, _ invocation: LambdaInvocation) async -> End {
        do {
            return .returned(try await handler(invocation))
        } catch  where Task.isCancelled && !(error is any LambdaReportable) {
            return .threw(.deadline)
        } catch {
            return .threw(FunctionError(error))
        }
    }
}
