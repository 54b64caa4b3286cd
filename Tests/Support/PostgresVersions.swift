// SPDX-License-Identifier: Apache-2.0

/// The versions of PostgreSQL that tests run on.
package enum PostgresVersions {
    /// Comes from Debian's testing suite, which is out of reach or broken on some days.
    package static let optional = 18

    /// What a test that needs it says when it is skipped.
    package static let whyNot = "PostgreSQL 18 could not be had: dev/servers setup tries again, and says why"

    /// Those that `dev/servers` can make servers of on this machine.
    ///
    /// If it can make none, tests are to say why.
    package static let tested: [Int] = {
        let outcome = try? ChildProcess.runBlocking([ChildProcess.servers, "versions"])
        let versions = (outcome?.output ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        return versions.isEmpty ? [15, 17] : versions
    }()
}
