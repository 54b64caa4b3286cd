// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import SSOSyncCore

/// A token that a database login with IAM authentication takes instead of a password.
///
/// It is a presigned request that is never sent
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html>). Making one needs
/// no network, so a token for a login that IAM does not allow is made all the same, and refused by the database.
public struct RDSLoginToken: Sendable, CustomStringConvertible {
    /// How long a token opens new sessions, in seconds; sessions that are open last on
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html>).
    ///
    /// Temporary credentials end a token when they expire, if that is earlier.
    public static let lifetime = 900

    /// What to hand to the database instead of a password: `host:port/?…`, without a scheme.
    public let secret: Secret

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - host: The host name of the endpoint, as RDS reports it: not an alias, not an IPv6 address. Its case does
    ///     not matter.
    ///   - port: The port of the endpoint.
    ///   - user: The database login. The token is good for no other.
    ///   - region: The region of the database, such as `eu-west-1`.
    ///   - credentials: Of the identity that may `rds-db:connect` as this user.
    ///   - date: The time from which on the token is good.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument`` or
    ///   ``AWSError/Code/credentialsExpired``.
    public init(
        host: String,
        port: Int,
        user: String,
        region: String,
        credentials: Credentials,
        date: Date
    ) throws(AWSError) {
        try Self.check(host: host, port: port, user: user, region: region)
        if let expiration = credentials.expiration, expiration <= date {
            throw AWSError(.credentialsExpired, "the credentials for the login have expired")
        }

        // Host names have no case, signatures do: RDS writes its endpoints in lower case.
        let endpoint = "\(host.lowercased()):\(port)"
        let request = SigV4Request(
            method: "GET",
            query: [.init("Action", "connect"), .init("DBUser", user)],
            headers: [.init("Host", endpoint)]
        )
        let signer = SigV4Signer(credentials: credentials, region: region, service: "rds-db", date: date)
        secret = Secret("\(endpoint)/?\(signer.presign(request, validFor: Self.lifetime).query)")
    }

    /// Never a value.
    public var description: String { "RDSLoginToken(<redacted>)" }

    private static func check(host: String, port: Int, user: String, region: String) throws(AWSError) {
        // A stray slash, scheme or line break would end up inside what is signed and yield a token that is refused
        // without a reason.
        guard !host.isEmpty, host.utf8.allSatisfy({ isAlphanumeric($0) || "-._".utf8.contains($0) }) else {
            throw AWSError(.invalidArgument, "the database's host has to be a bare host name")
        }
        guard (1...65_535).contains(port) else {
            throw AWSError(.invalidArgument, "the database's port has to lie between 1 and 65535")
        }
        guard !user.isEmpty else {
            throw AWSError(.invalidArgument, "the database login has no name")
        }
        guard !region.isEmpty, region.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
            throw AWSError(.invalidArgument, "the database's region has to be a region's name, such as eu-west-1")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            false
        }
    }
}
