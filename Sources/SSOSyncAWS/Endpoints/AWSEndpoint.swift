// SPDX-License-Identifier: Apache-2.0

/// Where a service is called.
public struct AWSEndpoint: Sendable, Hashable {
    /// Who is asked.
    public let origin: HTTPOrigin
    /// What stands before every path; empty, or from a slash on and without one at its end.
    public let path: String
    /// The Region that requests are signed for.
    public let signingRegion: String

    /// Whether it belongs to this machine, and so may be asked in clear.
    var isLocal: Bool { origin.isLoopback }
}
