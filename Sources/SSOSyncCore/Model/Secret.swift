// SPDX-License-Identifier: Apache-2.0

/// A password or a login token.
///
/// Whatever prints it, prints that it is hidden.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The value itself.
    ///
    /// Hand it to the server that asked for it and to nothing else.
    public let exposed: String

    /// Wraps a value.
    public init(_ value: String) {
        exposed = value
    }

    /// Never the value.
    public var description: String { "<redacted>" }

    /// Never the value.
    public var debugDescription: String { description }

    /// Shows no child, so that `dump` and string interpolation of an enclosing value reveal nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
