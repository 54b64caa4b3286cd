// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// A piece of an event's JSON: whatever is not looked for is read all the same, and never fails.
indirect enum EventValue: Decodable {
    case text(String)
    case list([EventValue])
    case object([String: EventValue])
    /// Nothing, a number, or true or false.
    case other

    /// Nil if the bytes are no JSON.
    init?(json: [UInt8]) {
        guard let value = try? JSONDecoder().decode(EventValue.self, from: Data(json)) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: JSONKey.self) {
            var members: [String: EventValue] = [:]
            for key in keyed.allKeys { members[key.stringValue] = try keyed.decode(EventValue.self, forKey: key) }
            self = .object(members)
        } else if var unkeyed = try? decoder.unkeyedContainer() {
            var elements: [EventValue] = []
            while !unkeyed.isAtEnd { elements.append(try unkeyed.decode(EventValue.self)) }
            self = .list(elements)
        } else if let text = try? decoder.singleValueContainer().decode(String.self) {
            self = .text(text)
        } else {
            self = .other
        }
    }

    /// What stands under these keys, one inside the other.
    subscript(path: String...) -> EventValue? {
        path.reduce(Optional(self)) { value, key in
            guard case .object(let members) = value else { return nil }
            return members[key]
        }
    }

    /// The text; nil for anything else.
    var text: String? { if case .text(let text) = self { text } else { nil } }

    /// The elements of a list, or else the value alone.
    var elements: [EventValue] { if case .list(let elements) = self { elements } else { [self] } }
}
