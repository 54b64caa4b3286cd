// SPDX-License-Identifier: Apache-2.0

/// A part of AWS that is separate from the others, with Regions, accounts and host names of its own.
public struct AWSPartition: Sendable, Hashable, CustomStringConvertible {
    /// Its name, as ARNs have it.
    public let name: String
    /// What its host names end with.
    public let suffix: String
    /// What its host names end with that have IPv6 addresses, too.
    public let dualStackSuffix: String

    /// The commercial Regions.
    public static let aws = AWSPartition(name: "aws", suffix: "amazonaws.com", dualStackSuffix: "api.aws")
    /// China.
    public static let china = AWSPartition(
        name: "aws-cn",
        suffix: "amazonaws.com.cn",
        dualStackSuffix: "api.amazonwebservices.com.cn"
    )
    /// GovCloud (US).
    public static let usGov = AWSPartition(name: "aws-us-gov", suffix: "amazonaws.com", dualStackSuffix: "api.aws")

    /// The partition of a Region; the commercial one for a name that no other claims, as the SDKs do.
    public init(region: String) {
        self = region.hasPrefix("cn-") ? .china : region.hasPrefix("us-gov-") ? .usGov : .aws
    }

    private init(name: String, suffix: String, dualStackSuffix: String) {
        self.name = name
        self.suffix = suffix
        self.dualStackSuffix = dualStackSuffix
    }

    /// The name.
    public var description: String { name }
}
