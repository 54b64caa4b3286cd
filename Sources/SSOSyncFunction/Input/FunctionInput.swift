// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncConfiguration

/// What the roles *single* and *hub* accept, and nothing else; *spoke* accepts batches alone.
enum FunctionInput {
    /// Messages of the queue that events come from.
    case batch(QueueBatch)
    /// The schedule: everyone is to be read.
    case fullRun

    /// The most bytes that a schedule sends; far more than any does.
    private static let scheduleLimit = 64 << 10

    /// Tells what a payload is.
    ///
    /// - Throws: ``FunctionFailure`` if it is neither.
    init(_ payload: [UInt8]) throws(FunctionFailure) {
        if Self.isSchedule(payload) {
            self = .fullRun
            return
        }
        do throws(AWSError) {
            self = .batch(try QueueBatch(payload))
        } catch {
            throw .refused("a function takes batches of messages from SQS, and its schedule; \(error.message)")
        }
    }

    /// A rule of EventBridge's (`{"source": "aws.events", "detail-type": "Scheduled Event", …}`), or EventBridge Scheduler with
    /// the input that this function is deployed with (`{"sso-sync": {"v": 1, "run": "full"}}`).
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-aws-events.html>
    private static func isSchedule(_ payload: [UInt8]) -> Bool {
        guard payload.count <= scheduleLimit,
            let document = try? DocumentReader().document(payload, file: "payload.json")
        else { return false }
        if let own = document["sso-sync"] {
            return document.keys == ["sso-sync"] && own.keys == ["run", "v"] && own["run"]?.text == "full"
                && own["v"]?.isOne == true
        }
        return document["source"]?.text == "aws.events" && document["detail-type"]?.text == "Scheduled Event"
    }
}
