// SPDX-License-Identifier: Apache-2.0

/// The versions of PostgreSQL that tests run on.
package enum PostgresVersions {
    /// Comes from Debian's testing suite, which is out of reach or broken on some days.
    package static let optional = 18

    /// What a test that needs it says when it is skipped.
    package static var whyNot: String {
        let reason = (try? listing.get()) == nil ? "\(listing)" : "dev/servers setup tries again, and says why"
        return "PostgreSQL \(optional) could not be had: \(reason)"
    }

    private static let listing = Result { try ChildProcess.runBlocking([ChildProcess.servers, "versions"]).output }

    /// Those that `dev/servers` can make servers of on this machine.
    ///
    /// If it can make none, tests are to say why.
    package static let tested: [Int] = {
        let versions = ((try? listing.get()) ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        return versions.isEmpty ? [15, 17] : versions
    }()
}
