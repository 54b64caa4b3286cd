// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An engine's command-line client, logged in as the provisioner by token and over verified TLS: what a person with the
/// same rights would run.
struct Client {
    let server: Server
    let user: String

    private var program: any ClientProgram { server.engine.client }

    /// How statements are handed to the client.
    enum Batching: String, CaseIterable {
        /// All of them as one message: one round trip.
        case oneMessage = "one message"
        /// One message for each of them.
        case oneByOne = "a message each"
    }

    /// Statements, and how they are handed over.
    struct Way {
        let name: String
        let statements: [String]
        let batching: Batching

        init(_ statements: [String], _ batching: Batching, named name: String? = nil) {
            (self.name, self.statements, self.batching) = (name ?? batching.rawValue, statements, batching)
        }
    }

    /// Runs the statements of one transaction.
    ///
    /// - Returns: How long the process took, from its start to its end.
    func run(_ statements: [String], _ batching: Batching) async throws -> Double {
        try await run(file: try TemporaryFile(program.text(statements, batching)))
    }

    /// - Returns: How long the process took.
    func run(_ arguments: [String] = [], file: TemporaryFile? = nil) async throws -> Double {
        let environment = try await program.environment(for: server, user: user)
        let command = program.command(for: server, user: user) + arguments
        return try await seconds { try Program.output(command, environment: environment, reading: file) }
    }

    /// Runs statements.
    ///
    /// - Returns: How long they took, without connecting, as the client says it.
    func timeStatements(_ statements: [String], _ batching: Batching) async throws -> Double {
        let file = try TemporaryFile(program.timed(program.text(statements, batching)))
        let environment = try await program.environment(for: server, user: user)
        let command = program.command(for: server, user: user)
        let output = try Program.output(command, environment: environment, reading: file)
        guard let time = program.time(output) else { throw Trouble("\(program.name) tells no times: \(output)") }
        return time
    }

    /// Starts a client that stays until it is stopped.
    func open(input: FileHandle, output: FileHandle? = nil) async throws -> Program {
        let environment = try await program.environment(for: server, user: user)
        let command = program.command(for: server, user: user)
        return try Program(command, environment: environment, input: input, output: output)
    }
}
