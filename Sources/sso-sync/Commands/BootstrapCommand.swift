// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Shows or makes what the provisioner needs on a server.
struct BootstrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Show, or run, the statements that make the provisioner and its rights on a target.",
        discussion: """
            Without options, prints the statements for a server that has nothing of it yet, for the master user to run: on \
            PostgreSQL for the version that RDS says, of a host for 17, or for --server-version. With --master, asks the \
            server what it lacks; with --run as well, runs that. Running it again does no harm, and adds what a change of \
            the configuration needs. The roles that groups are mapped to have to be there first: sso-sync grants roles and \
            makes none.

            Examples:
              sso-sync bootstrap orders
              sso-sync bootstrap orders --server-version 15
              sso-sync bootstrap orders --master postgres --password-file master.txt
              sso-sync bootstrap orders --run --master postgres --password-variable PGPASSWORD
              sso-sync bootstrap shop --run --master admin --password-variable MYSQL_PWD
            """
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: "The target's name in the configuration.")
    var target: String

    @Flag(name: .customLong("run"), help: "Run the statements that the server lacks.")
    var isRun = false

    @Option(help: ArgumentHelp("The server's master user.", valueName: "user"))
    var master: String?

    @OptionGroup var password: PasswordOptions

    @Option(
        help: ArgumentHelp(
            "For how many accounts to make room; PostgreSQL only (default: 5000).",
            valueName: "accounts"
        )
    )
    var capacity: Int?

    @Option(
        name: .customLong("server-version"),
        help: ArgumentHelp(
            "The major version to print statements for, if no server is asked; PostgreSQL only (default: as RDS says, or 17).",
            valueName: "number"
        )
    )
    var serverVersion: Int?

    @Option(
        name: .customLong("login-host"),
        help: ArgumentHelp("From where the provisioner may log in; MySQL only (default: %).", valueName: "host")
    )
    var loginHost: String?

    mutating func validate() throws {
        if let capacity, !(1...1_000_000).contains(capacity) {
            throw ValidationError("--capacity takes 1 to 1000000 accounts.")
        }
        if let serverVersion, !(15...18).contains(serverVersion) {
            throw ValidationError("--server-version takes 15 to 18.")
        }
        guard loginHost.map({ !$0.isEmpty }) ?? true else { throw ValidationError("--login-host takes a host, or %.") }
        let hasPassword = password.file != nil || password.variable != nil
        guard !isRun || master != nil else { throw ValidationError("--run needs --master.") }
        guard (master != nil) == hasPassword else {
            throw ValidationError(
                "--master and a password, by --password-file or --password-variable, belong together."
            )
        }
    }

    func run() async throws {
        let logger = common.makeLogger()
        let configuration = try await common.configuration().discovering(
            [target],
            aws: common.aws,
            environment: common.environment
        )
        let target = try configuration.target(named: target)
        var options = Bootstrap.Options()
        (options.capacity, options.serverVersion, options.loginHost) = (capacity, serverVersion, loginHost)
        let bootstrap = try await Bootstrap(
            configuration,
            target: target,
            options: options,
            aws: common.aws,
            environment: common.environment,
            logger: logger
        )
        guard let master, let secrets = try password.secrets() else {
            let others =
                bootstrap.engine == .postgres
                ? " Other versions: --server-version."
                : " With --master the server is asked what it lacks and can give."
            let heading =
                "-- For \(bootstrap.audience), by the master user.\(others)\n"
                + "-- The roles that groups are mapped to have to be there first: sso-sync grants roles and makes none.\n"
            StandardOutput.write(heading + Self.script(bootstrap.statements))
            return
        }
        let statements = try await bootstrap.run(master: master, secrets: secrets, dryRun: !isRun)
        guard !statements.isEmpty else {
            StandardOutput.write("-- Nothing is missing.\n")
            return
        }
        StandardOutput.write((isRun ? "-- Done:\n" : "-- Missing; --run runs this:\n") + Self.script(statements))
    }

    private static func script(_ statements: [String]) -> String {
        statements.map { Printable.escapedProse($0, keepsLines: true) + "\n" }.joined()
    }
}
