// SPDX-License-Identifier: Apache-2.0

/// Hands out the same credentials every time.
public struct StaticCredentialsProvider: CredentialsProvider, CustomStringConvertible {
    private let value: Credentials

    /// Provides the given credentials.
    public init(_ credentials: Credentials) {
        value = credentials
    }

    /// The given credentials.
    public func credentials() async throws -> Credentials { value }

    /// Never a value.
    public var description: String { "StaticCredentialsProvider(<redacted>)" }
}
