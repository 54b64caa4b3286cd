// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import SSOSyncConfiguration

/// Becomes the server's client, logged in.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Log in to a target as yourself: token, verified TLS and the right client in one step.",
        discussion: """
            Starts psql or mysql, with a token that is made with your AWS credentials: of the environment, of a profile \
            (AWS_PROFILE; aws sso login), or of the machine. The server is verified, and the token is handed over where \
            other users of this machine cannot see it. What stands after -- goes to the client.

            Examples:
              sso-sync connect orders
              sso-sync connect orders --user ann --database sales
              sso-sync connect orders --user ann -- -c 'SELECT current_user'
              sso-sync connect shop --user ann --reader 1 -- --execute 'SELECT CURRENT_ROLE()'
            """
    )

    @OptionGroup var login: LoginOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The database to begin in.", valueName: "name"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "The client to start (default: psql or mysql, where PATH leads to it).",
            valueName: "program"
        ),
        completion: .file()
    )
    var client: String?

    @Argument(parsing: .postTerminator, help: "What to hand to the client.")
    var arguments: [String] = []

    func run() async throws {
        let login = try await login.login(database: database)
        let program = client ?? DatabaseClient.program(for: login.engine)
        let kind = DatabaseClient(for: login.engine, version: try ClientProcess.version(of: program))
        let token = try await login.token()
        try ClientProcess.become(program) { optionsPath in
            ClientInvocation(kind, login, token: token, optionsPath: optionsPath, arguments: arguments)
        }
    }
}
