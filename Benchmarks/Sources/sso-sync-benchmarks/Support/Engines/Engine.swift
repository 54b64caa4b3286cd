// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// A database engine in a version: what benchmarks have to know of it, so that they can be about any of them.
protocol Engine: Sendable {
    /// As the table has it.
    var title: String { get }
    /// As `dev/servers new` has it.
    var version: String { get }
    /// The command-line client that a person would use.
    var client: any ClientProgram { get }

    // MARK: The superuser, past everything that is measured

    /// What makes `dev/servers` run SQL that it reads, and write bare rows.
    func superuserArguments(server: String) -> [String]

    /// SQL that counts people's accounts.
    var accountCount: String { get }
    /// SQL that counts people's sessions.
    var sessionCount: String { get }

    /// Makes accounts as the provisioner makes them.
    func fill(_ prefill: Prefill) async throws

    /// Removes all people's accounts.
    func removeAccounts(from server: Server) throws

    /// Sees to it that no round pays for the one before.
    func settle(_ server: Server) async throws

    // MARK: What is compared with

    /// How the client could be given a plan that only creates accounts: its statements, or others that come to the same.
    func waysToSend(_ script: [String]) -> [Client.Way]

    // MARK: Counting statements

    /// Makes the server count what the provisioner sends, each statement of several that are sent together for itself.
    func startCounting(on server: Server) throws

    /// Counts from nothing again.
    func resetCount(on server: Server) throws

    /// SQL that tells how many statements the provisioner has sent.
    var statementCount: String { get }

    // MARK: The provisioner

    /// Makes the mapped roles and the provisioner, as the master user would.
    func bootstrap(_ server: Server, capacity: Int) async throws

    func provisioner(of deployment: Deployment) -> any DatabaseProvisioner
}

/// A command-line client, logged in by token and over verified TLS.
protocol ClientProgram: Sendable {
    /// For people.
    var name: String { get }

    /// The program, with what makes it run SQL that it reads, and stop at the first error.
    func command(for server: Server, user: String) -> [String]

    /// The variables of a process that it logs in with.
    func environment(for server: Server, user: String) async throws -> [String: String]

    /// Statements, each with its semicolon, as a file for it.
    func text(_ statements: [String], _ batching: Client.Batching) -> String

    /// A file that also has it tell how long a text took, without connecting.
    func timed(_ text: String) -> String

    /// How long that was, in seconds, by what it wrote; nil if it does not say.
    func time(_ output: String) -> Double?
}
