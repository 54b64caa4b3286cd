// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConfiguration

extension ConfigurationValue {
    subscript(key: String) -> ConfigurationValue? { members.first { $0.key == key }?.value }

    /// None of what is no mapping.
    var members: [Member] { if case .object(let members) = content { members } else { [] } }

    /// Ascending; none of what is no mapping.
    var keys: [String] { members.map(\.key).sorted() }

    var text: String? { if case .string(let text) = content { text } else { nil } }

    var isOne: Bool { if case .integer(1) = content { true } else { false } }
}
