// SPDX-License-Identifier: Apache-2.0

/// One thing that runs need: whether it is there, and what mends it if not.
public struct HealthCheck: Hashable, Sendable, Codable {
    /// How it stands.
    public enum Status: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is as it should be.
        case good
        /// Runs work, and somebody should look at it.
        case warning
        /// Runs fail, or leave something undone, until it is mended.
        case failed
        /// It could not be looked at, because of something else that failed.
        case skipped
    }

    /// What was looked at, in one word: `login`, `rights`.
    public let name: String
    /// How it stands.
    public let status: Status
    /// What was found, for people; holds no secret.
    public let found: String
    /// What mends it, in the order to do it in: statements, lines of a policy or of the configuration, commands.
    ///
    /// Empty if there is nothing to mend, or if ``found`` says how.
    public let remedy: [String]

    /// One thing that runs need.
    public init(_ name: String, _ status: Status, _ found: String, remedy: [String] = []) {
        self.name = name
        self.status = status
        self.found = found
        self.remedy = remedy
    }

    /// Something that an error kept from being as it should be.
    public init(_ name: String, failedBy error: SyncError) { self.init(name, .failed, error.message) }

    /// Whether the roles exist that groups are mapped to.
    ///
    /// - Parameters:
    ///   - roles: The roles.
    ///   - missing: Those that do not exist.
    ///   - creation: The statement that makes one.
    package static func ofRoles(
        _ roles: Set<RoleName>,
        missing: Set<RoleName>,
        creation: (RoleName) -> String
    ) -> HealthCheck {
        guard missing.isEmpty else {
            let names = missing.sorted().map(\.rawValue).joined(separator: ", ")
            let found = "groups are mapped to roles that do not exist: \(names)"
            return HealthCheck("roles", .failed, found, remedy: missing.sorted().map(creation))
        }
        return HealthCheck("roles", .good, "roles that groups are mapped to: \(roles.count), all there")
    }
}
