// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// What a request to AWS is signed with.
///
/// Whatever prints it, prints that it is hidden.
public struct Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Names the key; every signed request shows it.
    public let accessKeyId: String

    /// Signs requests; it never leaves the process.
    public let secretAccessKey: String

    /// Goes along with every request that temporary credentials sign; `nil` for long-term credentials.
    public let sessionToken: String?

    /// When AWS stops accepting them; `nil` if that is unknown or never.
    public let expiration: Date?

    /// Puts credentials together.
    ///
    /// - Parameters:
    ///   - accessKeyId: The access key's id.
    ///   - secretAccessKey: The access key's secret part.
    ///   - sessionToken: The session token of temporary credentials.
    ///   - expiration: When AWS stops accepting them.
    public init(
        accessKeyId: String,
        secretAccessKey: String,
        sessionToken: String? = nil,
        expiration: Date? = nil
    ) {
        self.accessKeyId = accessKeyId
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    /// Never a value.
    public var description: String { "Credentials(<redacted>)" }

    /// Never a value.
    public var debugDescription: String { description }

    /// Shows no child, so that `dump` and string interpolation of an enclosing value reveal nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
