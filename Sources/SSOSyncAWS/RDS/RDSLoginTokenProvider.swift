// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import SSOSyncCore

/// Logs in to databases on RDS and Aurora by IAM authentication.
///
/// It makes a new ``RDSLoginToken`` for every login and keeps none: that costs some microseconds and no network.
public struct RDSLoginTokenProvider: LoginSecretProvider, CustomStringConvertible, CustomReflectable {
    private let region: String
    private let credentials: any CredentialsProvider
    private let now: @Sendable () -> Date

    /// Makes a provider for the databases of one region.
    ///
    /// - Parameters:
    ///   - region: The region of the databases, such as `eu-west-1`.
    ///   - credentials: Where the credentials to sign with come from; asked for every token.
    ///   - now: The time; by default the system's clock.
    public init(
        region: String,
        credentials: any CredentialsProvider,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.region = region
        self.credentials = credentials
        self.now = now
    }

    /// A new token for one login, good for ``RDSLoginToken/lifetime`` seconds.
    ///
    /// - Parameters:
    ///   - host: The host name of the endpoint, as RDS reports it.
    ///   - port: The port of the endpoint.
    ///   - user: The database login.
    /// - Returns: The token.
    /// - Throws: ``AWSError``, or `CancellationError` if the task was cancelled.
    public func secret(host: String, port: Int, user: String) async throws -> Secret {
        let credentials = try await currentCredentials()
        return try RDSLoginToken(
            host: host,
            port: port,
            user: user,
            region: region,
            credentials: credentials,
            date: now()
        ).secret
    }

    /// The region, never more.
    public var description: String { "RDSLoginTokenProvider(\(region))" }

    /// Shows the region only: a credentials provider from elsewhere may not hide what it holds.
    public var customMirror: Mirror { Mirror(self, children: ["region": region]) }

    private func currentCredentials() async throws -> Credentials {
        do {
            return try await credentials.credentials()
        } catch let error as AWSError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw AWSError(
                .credentialsUnavailable,
                "the credentials provider failed with \(type(of: error))",
                underlying: error
            )
        }
    }
}
