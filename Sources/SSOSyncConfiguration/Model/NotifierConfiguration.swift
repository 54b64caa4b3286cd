// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Who is told how a run went.
@nonexhaustive
public enum NotifierConfiguration: Hashable, Sendable, Encodable {
    /// The program's log.
    case log
    /// The subscribers of a topic of SNS.
    case sns(topicArn: String, NoticeConfiguration)
    /// A bus of EventBridge, by name or ARN; by name in the Region, or in the environment's.
    case eventBridge(bus: String, region: String?, NoticeConfiguration)
    /// Whoever receives a webhook.
    case webhook(WebhookConfiguration, NoticeConfiguration)
}

extension NotifierConfiguration {
    /// Whether telling it calls AWS.
    var needsAWS: Bool {
        switch self {
        case .sns, .eventBridge: true
        case .log, .webhook: false
        }
    }
}

/// What a notifier is told.
public struct NoticeConfiguration: Hashable, Sendable, Encodable {
    /// What it is told, in the order of ``NoticeKind``.
    public let kinds: [NoticeKind]
    /// How much is said about accounts.
    public let detail: NoticeSettings.Detail
}

/// Where a webhook is, and what signs it.
public struct WebhookConfiguration: Hashable, Sendable, Encodable {
    /// Where a text is that may be secret.
    public enum Place: Hashable, Sendable, Encodable {
        /// In the configuration itself.
        case text(String)
        /// In a file.
        case file(String)
        /// In an environment variable.
        case variable(String)
    }

    /// The address.
    public let url: Place
    /// What the receiver knows us by; nil to sign nothing.
    public let secret: Place?
    /// The file of authorities that vouch for the receiver; nil for those that AWS is verified against.
    public let certificateFile: String?
}
