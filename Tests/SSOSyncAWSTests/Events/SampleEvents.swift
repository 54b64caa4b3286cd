// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import Testing

/// An event in one of the documented forms, and what it has to come to.
struct SampleEvent: Sendable, CustomTestStringConvertible {
    private struct Entry: Decodable {
        struct Scope: Decodable {
            let people: [String]?
            let groups: [String]?
            let isUnbounded: Bool?
        }

        let title: String
        let scope: Scope?
        let dropped: String?
        let group: String?
    }

    /// The store that the events tell of.
    static let store = "d-1234567890"

    let title: String
    let bytes: [UInt8]
    /// Whom it concerns; nil if it is to be dropped, or not known.
    let scope: EventScope?
    /// Why it is to be dropped.
    let dropped: EventVerdict.Reason?
    /// The group whose member the one person has become, or was.
    let group: GroupId?

    var testDescription: String { title }

    /// Those of sample_events.json; none if that cannot be read.
    static let all: [SampleEvent] = (try? load()) ?? []

    private static func load() throws -> [SampleEvent] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "sample_events.json")
        let data = try Data(contentsOf: file)
        let events = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
        return try zip(events, try JSONDecoder().decode([Entry].self, from: data)).map { event, entry in
            let bytes = try JSONSerialization.data(withJSONObject: event["event"] ?? NSNull())
            return SampleEvent(entry, bytes: Array(bytes))
        }
    }

    private init(_ entry: Entry, bytes: [UInt8]) {
        title = entry.title
        self.bytes = bytes
        scope = entry.scope.map { scope in
            EventScope(
                people: Set((scope.people ?? []).map { UserId($0) }),
                groups: Set((scope.groups ?? []).map { GroupId($0) }),
                isUnbounded: scope.isUnbounded ?? false
            )
        }
        dropped = entry.dropped.flatMap(EventVerdict.Reason.init)
        group = entry.group.map { GroupId($0) }
    }

    /// Whether a scope covers what has changed: of a membership, the group does, too.
    func isCovered(by other: EventScope) -> Bool {
        guard let scope else { return true }
        return other.covers(scope) || group.map { other.groups.contains($0) } ?? false
    }
}
