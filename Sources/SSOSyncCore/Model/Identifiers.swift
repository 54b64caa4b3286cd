// SPDX-License-Identifier: Apache-2.0

/// A person's id in the directory.
///
/// Names change and are reused; this does not.
public struct UserId: StringIdentifier {
    /// The directory's own spelling.
    public let rawValue: String
    /// Wraps the directory's own spelling.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A group's id in the directory.
///
/// A group that is deleted and created anew gets another one.
public struct GroupId: StringIdentifier {
    /// The directory's own spelling.
    public let rawValue: String
    /// Wraps the directory's own spelling.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A group's display name.
public struct GroupName: StringIdentifier {
    /// The name, case and all.
    public let rawValue: String
    /// Wraps a name.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The id of a directory, for example of an identity store: `d-1234567890`.
public struct DirectoryId: StringIdentifier {
    /// The directory's own spelling.
    public let rawValue: String
    /// Wraps the directory's own spelling.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The name of a login account in a database.
public struct AccountName: StringIdentifier {
    /// The name as the server stores it, unquoted.
    public let rawValue: String
    /// Wraps an unquoted name.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// In lower case: the same for names that differ in case alone, which people may take for each other.
    public var folded: String { rawValue.lowercased() }
}

/// The name of a database role that groups are mapped to.
public struct RoleName: StringIdentifier {
    /// The name as the server stores it, unquoted.
    public let rawValue: String
    /// Wraps an unquoted name.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The name that the configuration gives to a target.
///
/// One of several that a single entry of the configuration has led to is called after that: `shop/till`.
public struct TargetName: StringIdentifier {
    /// The configured name.
    public let rawValue: String
    /// Wraps a configured name.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// The name that stands in the configuration.
    package var configured: TargetName { TargetName(String(rawValue.prefix { $0 != "/" })) }
}

/// The id of a run of a hub, which reads the directory for the functions of a fleet: 16 hexadecimal digits.
public struct HubRunId: StringIdentifier {
    /// The id.
    public let rawValue: String
    /// Wraps an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Whether it looks like one.
    public var isWellFormed: Bool {
        rawValue.utf8.count == 16 && rawValue.utf8.allSatisfy(\.isLowercaseHexadecimalDigit)
    }
}

/// The name of a deployment of SSOSync.
///
/// It stands in every marker, so that two deployments leave each other alone.
public struct DeploymentOwner: StringIdentifier {
    /// The configured name.
    public let rawValue: String
    /// Wraps a configured name.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}
