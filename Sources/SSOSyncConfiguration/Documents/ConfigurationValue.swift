// SPDX-License-Identifier: Apache-2.0

/// A piece of a YAML or JSON document with the line that it stands in: what both formats are read into.
public struct ConfigurationValue: Sendable {
    /// What the piece is.
    public indirect enum Content: Sendable {
        /// Nothing.
        case null
        /// `true` or `false`.
        case boolean(Bool)
        /// A whole number.
        case integer(Int)
        /// Any other number.
        case double(Double)
        /// Text that says itself that it is text.
        case string(String)
        /// YAML's text without quotes. What it is depends on what is expected: a group may well be called `yes` or
        /// `0123`.
        case plain(String)
        /// A list.
        case array([ConfigurationValue])
        /// A mapping, in the document's order where the format's reader keeps it.
        case object([Member])
    }

    /// A key with its value.
    public struct Member: Sendable {
        /// The key.
        public let key: String
        /// The line of the key, where it is known.
        public let line: Int?
        /// The value.
        public let value: ConfigurationValue

        /// A key with its value.
        public init(key: String, line: Int? = nil, value: ConfigurationValue) {
            self.key = key
            self.line = line
            self.value = value
        }
    }

    /// What the piece is.
    public let content: Content
    /// The line that it begins in, from 1, where it is known.
    public let line: Int?

    /// A piece of a document.
    public init(_ content: Content, line: Int? = nil) {
        self.content = content
        self.line = line
    }

    /// The kind of thing that it is, for people.
    ///
    /// Never the value, which may be a secret in the wrong place.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .boolean(let value): "\(value)"
        case .integer, .double: "a number"
        case .string, .plain: "text"
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}
