// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// What Lambda hands to a function: events of a directory as EventBridge publishes them, in messages of SQS.
package enum LambdaEvents {
    /// A change of a membership by the console
    /// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html>).
    ///
    /// - Parameters:
    ///   - name: `AddMemberToGroup` or `RemoveMemberFromGroup`.
    ///   - store: The identity store.
    ///   - time: When it happened; now by default.
    package static func membership(
        _ name: String,
        person: String,
        group: String,
        store: String,
        time: Date = .now
    ) -> String {
        let member =
            name == "AddMemberToGroup" ? #""member": {"memberId": "\#(person)"}"# : #""memberId": "\#(person)""#
        return trail(
            "sso-directory",
            name,
            #"{"identityStoreId": "\#(store)", "groupId": "\#(group)", \#(member)}"#,
            time: time
        )
    }

    /// A record of CloudTrail's, as EventBridge publishes it.
    package static func trail(
        _ source: String,
        _ name: String,
        _ parameters: String,
        time: Date = .now,
        more: String = ""
    ) -> String {
        """
        {"version": "0", "id": "\(UUID())", "detail-type": "AWS API Call via CloudTrail", "source": "aws.\(source)", \
        "account": "111122223333", "time": "\(time.ISO8601Format())", "region": "eu-west-1", "resources": [], "detail": \
        {"eventVersion": "1.10", "userIdentity": {"type": "AssumedRole", "accountId": "111122223333"}, "eventTime": \
        "\(time.ISO8601Format())", "eventSource": "\(source).amazonaws.com", "eventName": "\(name)", "awsRegion": \
        "eu-west-1", "requestParameters": \(parameters), "responseElements": null, "eventID": "\(UUID())", "readOnly": \
        false, "eventType": "AwsApiCall", "recipientAccountId": "111122223333"\(more)}}
        """
    }

    /// What a rule with a schedule sends.
    package static let schedule = """
        {"version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": \
        "aws.events", "account": "111122223333", "time": "2026-11-22T07:00:00Z", "region": "eu-west-1", "resources": \
        ["arn:aws:events:eu-west-1:111122223333:rule/sso-sync"], "detail": {}}
        """

    /// What EventBridge Scheduler sends with the input that the function is deployed with.
    package static let schedulerInput = #"{"sso-sync":{"v":1,"run":"full"}}"#

    /// A batch of messages with the ids `m-0`, `m-1` and so on.
    ///
    /// - Parameters:
    ///   - receipts: The receipt handles; made up if there are none.
    ///   - receiveCount: How often they have come, this time included.
    ///   - queue: The queue's name.
    ///   - sent: When they came to the queue.
    package static func batch(
        _ bodies: [String],
        receipts: [String]? = nil,
        receiveCount: Int = 1,
        queue: String = "events",
        sent: Date = Date(timeIntervalSince1970: 1_700_000_000)
    ) throws -> String {
        let time = "\(Int(sent.timeIntervalSince1970 * 1_000))"
        let records = bodies.enumerated().map { number, body -> [String: Any] in
            [
                "messageId": "m-\(number)", "receiptHandle": receipts?[number] ?? "receipt-\(number)", "body": body,
                "attributes": ["ApproximateReceiveCount": "\(receiveCount)", "SentTimestamp": time],
                "messageAttributes": [String: String](), "md5OfBody": "", "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:\(queue)", "awsRegion": "eu-west-1",
            ]
        }
        let data = try JSONSerialization.data(withJSONObject: ["Records": records])
        return String(decoding: data, as: UTF8.self)
    }

    /// An answer that has these messages come again.
    package static func failures(_ ids: String...) -> String {
        let items = ids.map { #"{"itemIdentifier":"\#($0)"}"# }.joined(separator: ",")
        return #"{"batchItemFailures":[\#(items)]}"#
    }

    /// Those messages of a batch that an answer has come again.
    package static func returned(_ bodies: [String], by answer: String) -> [String] {
        bodies.enumerated().filter { answer.contains(#""m-\#($0.offset)""#) }.map(\.element)
    }
}

extension LambdaControlPlane.Report {
    /// The sum of all values of a metric; nil if there is none.
    package func metric(_ name: String) -> Double? { output.metric(name) }
    /// The lines of the log that have a text in them, without metrics.
    package func log(with text: String) -> [String] { output.filter { !$0.contains("\"_aws\"") && $0.contains(text) } }
}

extension [String] {
    /// The sum of all values of a metric in lines of the embedded metric format; nil if there is none.
    package func metric(_ name: String) -> Double? {
        let values = compactMap { line -> [Double]? in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard let object, object["_aws"] != nil else { return nil }
            return object[name] as? [Double]
        }
        return values.isEmpty ? nil : values.joined().reduce(0, +)
    }
}
