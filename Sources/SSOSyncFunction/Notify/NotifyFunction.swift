// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *notify*: tells people, by a topic, of what failed and could not tell so itself.
///
/// It needs no configuration, which may be what is broken.
struct NotifyFunction: Sendable {
    let owner: DeploymentOwner
    let topicARN: String
    let topic: SNSClient
    let logger: Logger
    var output = MetricsOutput()

    /// Tells of what an invocation brings.
    ///
    /// - Returns: For messages of a queue, which of them are to come again; for anything else, nothing.
    /// - Throws: ``FunctionFailure`` if it brings anything else, or the topic cannot be reached.
    func handle(_ invocation: LambdaInvocation) async throws -> [UInt8] {
        var metrics = EmbeddedMetrics(deployment: owner)
        defer { output.hand(&metrics) }
        do throws(FunctionFailure) {
            let budget = try TimeBudget(until: invocation.deadline)
            switch try NotifyInput(invocation.payload) {
            case .failures(let failures):
                try await tell(failures, budget, &metrics)
                return Array("null".utf8)
            case .deadLetters(let batch):
                guard !batch.messages.isEmpty else { return batch.response(failed: []) }
                do throws(FunctionFailure) {
                    let letters = batch.messages.prefix(FailureNotice.messageLimit).map {
                        FailureNotice.Failure.message(id: $0.id, receiveCount: $0.receiveCount)
                    }
                    try await tell(letters, budget, &metrics)
                    // What was told is gone, and nothing else.
                    return batch.response(failed: Set(batch.messages.dropFirst(letters.count).map(\.id)))
                } catch {
                    metrics.count(error.reason)
                    return batch.response(failed: Set(batch.messages.map(\.id)))
                }
            }
        } catch {
            metrics.count(error.reason)
            throw error
        }
    }

    private func tell(
        _ failures: [FailureNotice.Failure],
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async throws(FunctionFailure) {
        let notice = FailureNotice(failures, owner: owner.rawValue)
        do {
            try await topic.publish(
                .init(subject: notice.subject, text: notice.text),
                to: topicARN,
                deadline: budget.end
            )
        } catch {
            logger.error("nobody could be told of \(failures.count) failures: \(error)")
            throw .notTold
        }
        metrics.count("FailuresTold", by: failures.count)
        logger.info("told of failures", metadata: ["failures": "\(failures.count)"])
    }
}

extension FunctionFailure {
    /// The topic took nothing.
    fileprivate static let notTold = FunctionFailure(
        reason: "NotTold",
        description: "nobody could be told: the log says why"
    )
}
