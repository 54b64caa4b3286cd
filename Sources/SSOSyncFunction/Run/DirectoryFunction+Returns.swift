// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// What comes again of a batch.
extension DirectoryFunction {
    func returns(of messages: QueueBatch) -> MessageReturns {
        MessageReturns(queue: source(of: messages), logger: logger)
    }

    /// Gives back what has failed.
    ///
    /// - Parameter atOnce: Whether it is to come at once all the same.
    func giveBack(
        _ outcome: BatchOutcome,
        of messages: QueueBatch,
        atOnce: Bool = false,
        _ metrics: inout EmbeddedMetrics
    ) async {
        let left = coalescer.nextWideReading.millisecondsSince1970 - Timestamp.now.millisecondsSince1970
        await returns(of: messages).giveBack(
            outcome.failed.subtracting(outcome.waiting),
            of: messages,
            wide: outcome.wide,
            turn: MessageReturns.seconds(until: .milliseconds(left)),
            keepsOthersBack: isForEveryone(messages),
            atOnce: atOnce,
            &metrics
        )
    }
}
