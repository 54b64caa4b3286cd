// SPDX-License-Identifier: Apache-2.0

/// Where the Region comes from if nobody says.
public enum AWSRegion {
    /// The Region that the environment names: `AWS_REGION`, or `AWS_DEFAULT_REGION`; nil for none.
    ///
    /// - Parameter environment: The variables by name.
    public static func environment(_ environment: [String: String]) -> String? {
        ["AWS_REGION", "AWS_DEFAULT_REGION"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
}
