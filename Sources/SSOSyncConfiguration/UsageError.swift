// SPDX-License-Identifier: Apache-2.0

/// Something on the command line that names what does not exist.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is the matter and how to mend it.
    public let description: String

    /// Something that is the matter with the command line.
    public init(_ description: String) { self.description = description }
}
