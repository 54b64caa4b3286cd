// SPDX-License-Identifier: Apache-2.0

/// The address of a queue in SQS
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>).
public struct SQSQueueAddress: Hashable, Sendable {
    /// One to show to people.
    public static let example = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync"

    /// As it was given.
    public let url: String
    /// The Region that its host names; nil for another host, such as that of an endpoint of one's own.
    public let region: String?

    /// Takes an address apart.
    ///
    /// - Returns: Nil if the text is none, or not with https; http will do on this machine itself.
    public init?(_ text: String) {
        guard let address = try? HTTPAddress(text, named: "the queue"), !address.path.isEmpty, address.query.isEmpty,
            address.origin.scheme == .https || address.origin.isLoopback
        else { return nil }
        url = text
        let parts = address.origin.host.split(separator: ".")
        let isAmazons = parts.count >= 4 && parts[0] == "sqs" && parts[2] == "amazonaws"
        region = isAmazons ? String(parts[1]) : nil
    }
}
