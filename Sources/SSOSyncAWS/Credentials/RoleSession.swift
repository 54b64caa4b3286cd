// SPDX-License-Identifier: Apache-2.0

/// What a role is assumed for.
public struct RoleSession: Sendable, Hashable {
    /// The role.
    public var roleARN: String
    /// Names the session, in CloudTrail among others.
    public var name: String
    /// A word that the role's owner asks for, against confusing one customer with another.
    public var externalId: String?
    /// For how many seconds the credentials are good; nil for the hour that STS gives by itself.
    public var duration: Int?

    /// Describes a session.
    ///
    /// - Parameters:
    ///   - roleARN: The role.
    ///   - name: Names the session; `sso-sync` by default.
    ///   - externalId: A word that the role's owner asks for.
    ///   - duration: For how many seconds the credentials are good.
    public init(roleARN: String, name: String = "sso-sync", externalId: String? = nil, duration: Int? = nil) {
        self.roleARN = roleARN
        self.name = name
        self.externalId = externalId
        self.duration = duration
    }

    /// The parameters of a call to STS.
    var parameters: [(name: String, value: String)] {
        var parameters = [("RoleArn", roleARN), ("RoleSessionName", name)]
        if let externalId { parameters.append(("ExternalId", externalId)) }
        if let duration { parameters.append(("DurationSeconds", String(duration))) }
        return parameters.map { (name: $0.0, value: $0.1) }
    }
}
