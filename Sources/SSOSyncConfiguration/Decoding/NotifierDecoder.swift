// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Reads who is told how a run went; what is the matter goes to the element's log.
struct NotifierDecoder {
    private static let channels = ["sns", "eventBridge", "webhook", "log"]

    private let element: Element

    /// The notifiers of a list; nil if any of them is wrong.
    static func notifiers(_ element: Element) -> [NotifierConfiguration]? {
        guard let elements = element.elements(of: "a list of notifiers, for example - log: {}") else { return nil }
        return elements.compactMap { NotifierDecoder(element: $0).decode() }
    }

    private func decode() -> NotifierConfiguration? {
        guard let fields = element.fields(Self.channels + ["on", "detail"]) else { return nil }
        let chosen = Self.channels.compactMap { name in fields[name].map { (name, $0) } }
        guard let (name, channel) = chosen.first, chosen.count == 1 else {
            element.complain("expected exactly one of \(Self.channels.joined(separator: ", ")), for example log: {}")
            return nil
        }
        if name == "log" { return log(channel, fields) }
        let kinds = fields["on"].map { $0.noticeKinds() } ?? [.failure, .brake]
        let detail = fields["detail"].map { $0.choice(NoticeSettings.Detail.self) } ?? .counts
        guard let kinds, let detail else { return nil }
        let notices = NoticeConfiguration(kinds: kinds, detail: detail)
        switch name {
        case "sns": return Self.sns(channel, notices)
        case "eventBridge": return Self.eventBridge(channel, notices)
        default: return Self.webhook(channel, notices)
        }
    }

    private func log(_ channel: Element, _ fields: Fields) -> NotifierConfiguration? {
        guard channel.isNull || channel.noFields() != nil else { return nil }
        for key in ["on", "detail"] {
            guard let extra = fields[key] else { continue }
            extra.complain("the log is told everything, by counts: leave \(key) out")
            return nil
        }
        return .log
    }

    // MARK: Channels

    private static func sns(_ element: Element, _ notices: NoticeConfiguration) -> NotifierConfiguration? {
        guard let fields = element.fields(["topicArn"]) else { return nil }
        return fields.required("topicArn", "the topic's ARN")?.topicARN().map { .sns(topicArn: $0, notices) }
    }

    private static func eventBridge(_ element: Element, _ notices: NoticeConfiguration) -> NotifierConfiguration? {
        guard let fields = element.fields(["bus", "region"]) else { return nil }
        let bus = fields.required("bus", "the bus's name, such as default, or its ARN")?.eventBus()
        let region = fields["region"].map { $0.region() } ?? ""
        guard let bus, let region else { return nil }
        if let ofBus = ARN(bus)?.region, !region.isEmpty, ofBus != region {
            fields["region"]?.complain("the bus is in \(ofBus), as its ARN says: leave region out")
            return nil
        }
        return .eventBridge(bus: bus, region: region.isEmpty ? nil : region, notices)
    }

    private static func webhook(_ element: Element, _ notices: NoticeConfiguration) -> NotifierConfiguration? {
        guard
            let fields = element.fields(["url", "urlFile", "urlVariable", "secretFile", "secretVariable", "tls"])
        else { return nil }
        let url = place(fields, text: "url", file: "urlFile", variable: "urlVariable")
        let secret = place(fields, text: nil, file: "secretFile", variable: "secretVariable")
        let ca = fields["tls"].map { tls in
            tls.fields(["ca"])?.required("ca", "a file of certificates in PEM format")?.text(expected: "a path")
        }
        guard url.isGood, secret.isGood, ca.map({ $0 != nil }) ?? true else { return nil }
        guard let url = url.place else {
            element.complain("expected exactly one of url, urlFile and urlVariable")
            return nil
        }
        return .webhook(WebhookConfiguration(url: url, secret: secret.place, certificateFile: ca ?? nil), notices)
    }

    /// Where a text is, if it is anywhere; not good if that is wrong, or there are several places.
    private static func place(
        _ fields: Fields,
        text: String?,
        file: String,
        variable: String
    ) -> (place: WebhookConfiguration.Place?, isGood: Bool) {
        let given = [text, file, variable].compactMap { key in key.flatMap { key in fields[key].map { (key, $0) } } }
        guard let (key, element) = given.first else { return (nil, true) }
        guard given.count == 1 else {
            element.complain("expected only one of \(given.map(\.0).joined(separator: " and "))")
            return (nil, false)
        }
        let place: WebhookConfiguration.Place? =
            switch key {
            case file: element.text(expected: "a path").map { .file($0) }
            case variable: element.variableName().map { .variable($0) }
            default: element.webhookAddress().map { .text($0) }
            }
        return (place, place != nil)
    }
}

extension Element {
    /// What a notifier is told, in the order of ``NoticeKind``.
    fileprivate func noticeKinds() -> [NoticeKind]? {
        let words = NoticeKind.allCases.map(\.rawValue).joined(separator: ", ")
        guard let elements = elements(of: "a list of \(words)") else { return nil }
        let kinds = elements.map { $0.choice(NoticeKind.self) }
        guard !kinds.isEmpty else {
            complain("expected at least one of \(words)")
            return nil
        }
        guard !kinds.contains(nil) else { return nil }
        return NoticeKind.allCases.filter(kinds.contains)
    }

    /// The ARN of a topic.
    fileprivate func topicARN() -> String? {
        let expected = "a topic such as arn:aws:sns:eu-west-1:111111111111:sso-sync"
        guard let text = text(expected: expected) else { return nil }
        if let arn = ARN(text), arn.service == "sns", Self.isName(arn.resource, "-_.") { return text }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }

    /// The name or the ARN of a bus.
    fileprivate func eventBus() -> String? {
        let expected = "a bus such as default, or arn:aws:events:eu-west-1:111111111111:event-bus/default"
        guard let text = text(expected: expected) else { return nil }
        if let arn = ARN(text) {
            let prefix = "event-bus/"
            let name = arn.resource.dropFirst(prefix.count)
            if arn.service == "events", arn.resource.hasPrefix(prefix), Self.isName(name, "-_./") { return text }
        } else if Self.isName(text[...], "-_./") {
            return text
        }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }

    private static func isName(_ text: Substring, _ marks: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLetterOrDigit($0) || marks.utf8.contains($0) }
    }

    /// The address of a webhook, which often is a secret and so is not shown.
    fileprivate func webhookAddress() -> String? {
        guard let text = text(expected: "an address such as https://host/path") else { return nil }
        do throws(AWSError) {
            _ = try WebhookNotifier.Endpoint(text)
            return text
        } catch {
            complain(error.message)
            return nil
        }
    }
}
