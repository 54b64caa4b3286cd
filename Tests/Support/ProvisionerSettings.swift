// SPDX-License-Identifier: Apache-2.0

package import Logging
package import SSOSyncCore

/// How a provisioner reaches its server, in words that hold for every engine; nil for what is usual.
package struct ProvisionerSettings: Sendable {
    /// The deployment.
    package var owner: DeploymentOwner = "test"
    /// The provisioner's login.
    package var user = "sso_provisioner"
    /// What it logs in with.
    package var secrets: any LoginSecretProvider = IAMStandIn.tokens
    /// The database that it is in, where the engine has it be in one.
    package var database: String?
    /// The port of the writer, or of a proxy before it.
    package var writerPort: Int?
    /// The ports of instances that serve reads, or of proxies before them.
    package var readerPorts: [Int]?
    /// Why there may be more readers.
    package var unknownReaders: [String] = []
    /// A file with the authorities that the server is verified with.
    package var caFile: String?
    /// How long to wait for an instance to accept a connection, in seconds.
    package var connectTimeout: Int?
    /// How long one statement may wait for another session's lock, in milliseconds.
    package var lockTimeout: Int?
    /// How long to wait for leavers to be out.
    package var outTimeout: Duration?
    /// Where it logs.
    package var logger: Logger?

    package init() {}
}
