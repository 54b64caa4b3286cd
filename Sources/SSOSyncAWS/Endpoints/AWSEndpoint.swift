// SPDX-License-Identifier: Apache-2.0

/// Where a service is called.
public struct AWSEndpoint: Sendable, Hashable {
    /// Who is asked.
    public let origin: HTTPOrigin
    /// What stands before every path; empty, or from a slash on and without one at its end.
    public let path: String
    /// The Region that requests are signed for.
    public let signingRegion: String
    /// Whether somebody has set it, so that no other host names than its own lead there.
    let isOverride: Bool

    /// Whether it belongs to this machine, and so may be asked in clear.
    var isLocal: Bool { origin.isLoopback }

    /// Who is asked, with something before the host name.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument``.
    func origin(_ hostPrefix: String) throws(AWSError) -> HTTPOrigin {
        guard !hostPrefix.isEmpty else { return origin }
        return try HTTPOrigin(origin.scheme, host: hostPrefix + origin.host, port: origin.port)
    }
}
