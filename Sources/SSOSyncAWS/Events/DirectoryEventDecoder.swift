// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds out whom an event may concern, in all of the forms in which changes to an identity store are told.
///
/// It is pure, and takes anything: what it does not know is ``EventVerdict/unknown(shape:)``. It looks only for what tells
/// people, groups and stores apart; everything else about a change is read from the directory itself.
///
/// Where ids stand is documented in part only, so that each is looked for in every place that it has been seen in:
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html>,
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html> and
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/event-notifications>.
public struct DirectoryEventDecoder: Sendable {
    private let store: String?

    /// A decoder.
    ///
    /// - Parameter store: The identity store whose events count; nil for all.
    public init(store: String? = nil) {
        self.store = store.map(Self.bareStore)
    }

    /// What an event comes to.
    ///
    /// - Parameter bytes: The event as EventBridge delivers it, or the record of CloudTrail's alone.
    public func verdict(_ bytes: [UInt8]) -> EventVerdict {
        guard let root = EventValue(json: bytes) else { return .unknown(shape: "no JSON") }
        let envelope = Envelope(root)
        guard let (family, name) = envelope.kind else { return .unknown(shape: envelope.shape) }
        guard envelope.record["errorCode"]?.text?.isEmpty ?? true else { return .dropped(.failedCall) }
        if family != .notification, Self.isReading(name) { return .dropped(.readOnly) }
        let subject =
            family == .notification ? EventSubject(notification: name) : EventSubject(call: name)
        guard let subject else { return .unknown(shape: envelope.shape) }
        let found = envelope.store.map(Self.bareStore)
        if let found, let store, Self.areOther(found, store) { return .dropped(.foreignStore) }
        return .change(
            DirectoryEvent(
                family: family,
                name: name,
                id: root["id"]?.text,
                store: found.flatMap { Self.isStore($0) ? $0 : nil },
                account: root["account"]?.text ?? envelope.record["recipientAccountId"]?.text,
                region: root["region"]?.text ?? envelope.record["awsRegion"]?.text,
                time: (envelope.record["eventTime"] ?? root["time"])?.text.flatMap { Timestamp($0) },
                scope: subject.scope(people: envelope.people(subject), groups: envelope.groups(subject))
            )
        )
    }

    /// Calls that begin so change nothing.
    private static func isReading(_ name: String) -> Bool {
        ["Describe", "Get", "IsMember", "List", "Search"].contains { name.hasPrefix($0) }
    }

    // MARK: Stores

    /// Two ids of stores that cannot be the same: a store has one of each form, of which only like ones can be compared.
    private static func areOther(_ left: String, _ right: String) -> Bool {
        isStore(left) && isStore(right) && left.hasPrefix("d-") == right.hasPrefix("d-") && left != right
    }

    /// In small letters, without the ARN around it.
    private static func bareStore(_ text: String) -> String { IdentityStoreResourceId.withoutARN(text).lowercased() }

    private static func isStore(_ text: String) -> Bool {
        if text.hasPrefix("d-") {
            return text.utf8.count == 12 && text.utf8.dropFirst(2).allSatisfy(\.isLowercaseHexadecimalDigit)
        }
        return IdentityStoreResourceId.isId(text)
    }
}

/// The parts of an event, wherever they stand in its form.
private struct Envelope {
    let root: EventValue
    /// CloudTrail's record, or a notification's detail.
    let record: EventValue

    init(_ root: EventValue) {
        self.root = root
        record = root["detail"] ?? root
    }

    /// By the record, not by the envelope's source: which source SCIM's events have is not documented.
    var kind: (DirectoryEvent.Family, name: String)? {
        if let source = record["eventSource"]?.text {
            guard let family = DirectoryEvent.Family(rawValue: source), family != .notification else { return nil }
            return record["eventName"]?.text.map { (family, $0) }
        }
        guard root["source"]?.text == DirectoryEvent.Family.notification.rawValue else { return nil }
        return root["detail-type"]?.text.map { (.notification, $0) }
    }

    /// A few words that say what it is.
    var shape: String {
        let source = record["eventSource"]?.text ?? root["source"]?.text
        let name = record["eventName"]?.text ?? root["detail-type"]?.text
        let words = [source ?? "no source", name ?? "no name"].map { text in
            String(text.unicodeScalars.prefix(64).map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
        }
        return words.joined(separator: " ")
    }

    var store: String? {
        let asked = record["requestParameters", "identityStoreId"] ?? record["identityStoreId"]
        if let text = asked?.text { return text }
        return resources("identitystore").first
    }

    func people(_ subject: EventSubject) -> EventIds {
        var ids = EventIds()
        if case .person = subject { addOwn("user", "userId", to: &ids) }
        if case .membership = subject {
            ids.add(member(record["requestParameters", "member"]))
            ids.add(member(record["requestParameters", "memberId"]))
            ids.add(member(record["memberId"]))
        }
        ids.add(record["userId"])
        for id in resources("user") { ids.add(.text(id)) }
        return ids
    }

    func groups(_ subject: EventSubject) -> EventIds {
        var ids = EventIds()
        switch subject {
        case .group: addOwn("group", "groupId", to: &ids)
        case .membership: ids.add(record["requestParameters", "groupId"])
        case .person: break
        }
        ids.add(record["groupId"])
        for id in resources("group") { ids.add(.text(id)) }
        return ids
    }

    /// The id of what a call was about: what it asked for, or, if it made it, what it answered.
    private func addOwn(_ kind: String, _ key: String, to ids: inout EventIds) {
        for part in ["requestParameters", "responseElements"] {
            ids.add(record[part, key])
            ids.add(record[part, kind, key])
            ids.add(record[part, "id"])
        }
    }

    /// A member's id: by itself, or below one of three keys; whatever else is there cannot be read.
    private func member(_ value: EventValue?) -> EventValue? {
        guard case .object = value else { return value }
        return value?["memberId", "userId"] ?? value?["memberId"] ?? value?["userId"] ?? .other
    }

    /// The ids in the ARNs of a kind that a notification names.
    private func resources(_ kind: String) -> [String] {
        guard let list = root["resources"]?.elements else { return [] }
        return list.compactMap { resource in
            guard let text = resource.text, text.hasPrefix("arn:"), let path = text.split(separator: ":").last,
                path.hasPrefix("\(kind)/")
            else { return nil }
            return String(path.dropFirst(kind.utf8.count + 1))
        }
    }
}
