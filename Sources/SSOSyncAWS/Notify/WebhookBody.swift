// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What is sent to a webhook.
struct WebhookBody: Encodable {
    /// For people, as Slack's incoming webhooks take it (<https://docs.slack.dev/messaging/formatting-message-text>).
    let text: String
    /// For machines.
    let notice: Notice

    private init(_ notice: Notice) {
        text = Self.slackText(NoticeText(notice).text)
        self.notice = notice
    }

    /// The body of a notice, limited so that Slack shows the whole text and nobody has to take much.
    static func bytes(_ notice: Notice) -> [UInt8] {
        let fitting = notice.fitted {
            let body = WebhookBody($0)
            return (text: body.text, json: CanonicalJSON.asciiText(body))
        } where: {
            $0.text.utf8.count <= textLimit && $0.json.utf8.count <= byteLimit
        }
        return Array(fitting.json.utf8)
    }

    /// Slack cuts texts off at 40,000 characters (<https://docs.slack.dev/reference/methods/chat.postMessage>).
    private static let textLimit = 30_000
    private static let byteLimit = 131_072

    /// With these three escaped, no name is a link, or calls a channel together.
    private static func slackText(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
