// SPDX-License-Identifier: Apache-2.0

/// The header fields of a request or a response, in their order.
///
/// Names have no case. Values may be secrets, so only names are printed.
public struct HTTPHeaders: Sendable, CustomStringConvertible, CustomReflectable {
    /// One header field.
    public struct Field: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
        /// The field's name, as it was written.
        public let name: String
        /// The field's value, without white space around it.
        public let value: String

        /// Makes a field.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// The name, never the value.
        public var description: String { name }

        /// Shows the name alone.
        public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
    }

    /// The fields, in the order in which they are sent or came.
    public private(set) var fields: [Field]

    /// Puts headers together.
    public init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// The value of the first field of a name; setting replaces all fields of the name, and `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.isSame($0.name, name) }?.value }
        set {
            fields.removeAll { Self.isSame($0.name, name) }
            if let newValue { fields.append(Field(name, newValue)) }
        }
    }

    /// Adds a field, beside those of the same name.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name, value))
    }

    /// The names, never a value.
    public var description: String { "HTTPHeaders(\(fields.map(\.name).joined(separator: ", ")))" }

    /// Shows the names alone.
    public var customMirror: Mirror { Mirror(self, children: ["names": fields.map(\.name)]) }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { $0 == $1 || lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
