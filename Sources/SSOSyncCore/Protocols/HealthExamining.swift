// SPDX-License-Identifier: Apache-2.0

/// A provisioner that can say what it needs on its server, and what of it is missing.
///
/// Of use to `sso-sync doctor`; a provisioner works without it.
public protocol HealthExamining: Sendable {
    /// Looks at everything that runs need. Changes nothing and takes no lock.
    ///
    /// - Parameter policy: What the configuration says about the target.
    /// - Returns: What was found. What could not be looked at is in it too.
    func healthChecks(for policy: Policy) async -> [HealthCheck]
}
