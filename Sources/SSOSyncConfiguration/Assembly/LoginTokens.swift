// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Login tokens whose errors are the engine's: what is missing is part of the login, not of the server.
struct LoginTokens: LoginSecretProvider {
    /// The Region of the servers.
    let region: String
    /// The Regions of hosts that may be elsewhere: a token is good in one Region only.
    var regions: [String: String] = [:]
    let credentials: any CredentialsProvider

    func secret(host: String, port: Int, user: String) async throws -> Secret {
        let provider = RDSLoginTokenProvider(region: regions[host] ?? region, credentials: credentials)
        do {
            return try await provider.secret(host: host, port: port, user: user)
        } catch let error as AWSError {
            throw SyncError(.authentication, "no login token could be made for \(host): \(error.message)")
        }
    }
}
