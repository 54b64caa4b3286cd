// SPDX-License-Identifier: Apache-2.0

/// Where the Region comes from if nobody says.
public enum AWSRegion {
    /// The Region to use: the one that was configured, else the environment's, else the profile's; nil for none.
    ///
    /// - Parameters:
    ///   - configured: What the configuration says.
    ///   - environment: The variables by name.
    ///   - profiles: The profiles that AWS tools share, of which the current one counts.
    public static func find(
        configured: String? = nil,
        environment: [String: String],
        profiles: AWSProfiles? = nil
    ) -> String? {
        configured ?? Self.environment(environment) ?? profiles?.region()
    }

    /// The Region that the environment names: `AWS_REGION`, or `AWS_DEFAULT_REGION`; nil for none.
    ///
    /// - Parameter environment: The variables by name.
    public static func environment(_ environment: [String: String]) -> String? {
        ["AWS_REGION", "AWS_DEFAULT_REGION"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
}
