// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport

/// JSON that nobody meant, and events with something changed in them.
struct RandomJSON {
    var generator: SplitMix64

    private static let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    /// What says which change it is: an event without them is another one.
    private static let kept: Set<String> = [
        "source", "detail-type", "detail", "eventSource", "eventName", "identityStoreId", "errorCode",
    ]
    private static let keys = [
        "detail", "requestParameters", "responseElements", "member", "memberId", "userId", "groupId", "id", "user",
        "group",
        "resources", "eventSource", "eventName", "source", "detail-type", "x",
    ]
    private static let texts = [
        "", hidden, "identitystore.amazonaws.com", "sso-directory.amazonaws.com", "aws.identitystore", "User Updated",
        "AddMemberToGroup", "DeleteUser", "arn:", "arn:aws:identitystore:::user/", "\u{0}\u{202E}é", "null",
    ]

    /// Any value.
    mutating func value(depth: Int = 0) -> Any {
        switch Int.random(in: 0..<(depth < 6 ? 9 : 6), using: &generator) {
        case 0: return NSNull()
        case 1: return Bool.random(using: &generator)
        case 2: return Int.random(in: .min ... .max, using: &generator)
        case 3: return Double.random(in: -1e300...1e300, using: &generator)
        case 4, 5: return Self.texts.randomElement(using: &generator) ?? ""
        case 6: return (0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(depth: depth + 1) }
        default:
            let keys = Self.keys.shuffled(using: &generator).prefix(Int.random(in: 0..<6, using: &generator))
            return Dictionary(uniqueKeysWithValues: keys.map { ($0, value(depth: depth + 1)) })
        }
    }

    /// The event with one part changed: hidden, left out, spelled otherwise, put into a list, or replaced.
    mutating func mutated(_ event: Any) -> Any {
        switch event {
        case let object as [String: Any]:
            guard let key = object.keys.sorted().randomElement(using: &generator) else { return object }
            var copy = object
            let isLeaf = !(object[key] is [String: Any]) || Bool.random(using: &generator)
            if Self.kept.contains(key) {
                if key == "detail" { copy[key] = mutated(object[key] ?? NSNull()) }
            } else if isLeaf {
                copy[key] = changed(object[key] ?? NSNull())
            } else {
                copy[key] = mutated(object[key] ?? NSNull())
            }
            return copy
        case let list as [Any]: return list.map { mutated($0) }
        default: return changed(event) ?? NSNull()
        }
    }

    /// - Returns: Nil to leave it out.
    private mutating func changed(_ value: Any) -> Any? {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return nil
        case 1: return Self.hidden
        case 2: return [value]
        case 3: return self.value()
        case 4: return ["more": value]
        default:
            guard let text = value as? String else { return value }
            return respelled(text)
        }
    }

    private mutating func respelled(_ text: String) -> String {
        guard text.utf8.count == 36 else { return text }
        return ["1234567890-\(text)", "arn:aws:identitystore:::user/\(text)", text.uppercased()]
            .randomElement(using: &generator) ?? text
    }
}
