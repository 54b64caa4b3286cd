// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

/// One secret for every login.
package struct StaticSecret: LoginSecretProvider {
    package let secret: Secret
    package init(_ secret: Secret) { self.secret = secret }
    package func secret(host: String, port: Int, user: String) async throws -> Secret { secret }
}
