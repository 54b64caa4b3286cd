// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// Publishes on a topic of SNS what there is to say about a run: a text for people's mail, and JSON for machines.
public struct SNSNotifier: Notifier {
    private let topicArn: String
    private let client: SNSClient
    private let delivery: NoticeDelivery
    var timeLimit = NotifierLimits.time

    /// Somebody to tell.
    ///
    /// - Parameters:
    ///   - topicArn: The topic.
    ///   - client: A client for ``AWSService/sns`` in the topic's Region.
    ///   - settings: What is told.
    ///   - memory: Keeps what has been told.
    public init(
        topicArn: String,
        client: AWSClient,
        settings: NoticeSettings,
        memory: any TroubleMemoryStore = ProcessTroubleMemory()
    ) {
        self.topicArn = topicArn
        self.client = SNSClient(client)
        delivery = NoticeDelivery(name: topicArn, settings: settings, memory: memory)
    }

    /// Publishes what there is to say, if anything.
    ///
    /// - Throws: ``AWSError``, or what the memory throws.
    public func notify(_ report: SyncReport) async throws {
        try await delivery.deliver(report) { notice in
            let message = Self.message(notice, isFIFO: topicArn.hasSuffix(".fifo"))
            try await client.publish(message, to: topicArn, deadline: .now + timeLimit)
        }
    }
}

extension SNSNotifier {
    /// A notice as a message that is within the service's limits.
    static func message(_ notice: Notice, isFIFO: Bool = false) -> SNSClient.Message {
        notice.fitted {
            whole($0, isFIFO: isFIFO)
        } where: {
            $0.byteCount <= SNSClient.byteLimit
        }
    }

    private static func whole(_ notice: Notice, isFIFO: Bool) -> SNSClient.Message {
        let words = NoticeText(notice)
        let json = CanonicalJSON.asciiText(notice)
        var texts = Dictionary(uniqueKeysWithValues: machines.map { ($0, json) })
        texts["email"] = words.text
        texts["sms"] = words.subject
        return SNSClient.Message(
            subject: words.subject,
            text: words.text,
            textsByProtocol: texts,
            attributes: ["kinds": notice.kinds.map(\.rawValue)],
            groupId: isFIFO ? "sso-sync" : nil,
            // Others may tell the same topic something else about the same run.
            deduplicationId: isFIFO ? "\(notice.run)-\(SHA256.digest(json.utf8).hexadecimal.prefix(16))" : nil
        )
    }

    /// Protocols behind which no person reads (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
    private static let machines = ["sqs", "lambda", "http", "https", "firehose"]
}
