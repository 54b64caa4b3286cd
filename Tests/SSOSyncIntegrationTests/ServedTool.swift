// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport
import SSOSyncTesting

/// The program with a configuration of its own.
struct ServedTool {
    /// Built beside the tests.
    static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "sso-sync").path()
    static let exists = FileManager.default.isExecutableFile(atPath: path)

    let folder: TemporaryFolder
    private let environment: [String: String]
    private let configuration: String

    /// - Parameters:
    ///   - configuration: The text of the configuration.
    ///   - environment: The variables to run with.
    init(configuration: String, environment: [String: String]) throws {
        folder = try TemporaryFolder()
        self.environment = environment
        self.configuration = configuration
        try folder.write(configuration, to: "sso-sync.yaml")
    }

    /// The program with a configuration for one server and a directory in a file.
    ///
    /// - Parameters:
    ///   - world: Whose server it is.
    ///   - port: Where to connect to; by default the server's port.
    ///   - authority: The file of authorities; by default that of the server.
    ///   - location: Where the server is, in the configuration's words; by default engine, host and port.
    ///   - environment: More variables for the program.
    init(
        _ world: World,
        port: Int? = nil,
        authority: String? = nil,
        location: String? = nil,
        environment: [String: String] = [:]
    ) throws {
        let engine = world.server.engine == .mysql ? "mysql" : "postgres"
        let given = "engine: \(engine)\n    host: localhost\n    port: \(port ?? world.server.port)"
        let text = """
            version: 1
            owner: test
            directory: { file: { path: people.yaml } }
            targets:
              - name: orders
                mode: enforce
                \(location ?? given)
                region: eu-west-1
                user: sso_provisioner
                tls: { ca: \(authority ?? world.server.authority) }
                groups: { team: { id: g-1, roles: [readers] } }
            """
        let credentials = IAMStandIn.credentials
        let keys = [
            "AWS_ACCESS_KEY_ID": credentials.accessKeyId, "AWS_SECRET_ACCESS_KEY": credentials.secretAccessKey,
        ]
        try self.init(configuration: text, environment: keys.merging(environment) { $1 })
        try setMembers(["ann"])
    }

    /// Adds further keys, and further targets, to the configuration that it began with.
    ///
    /// - Returns: The configuration.
    @discardableResult
    func append(_ keys: String, targets: String = "") throws -> String {
        let text = [configuration, targets, keys].filter { !$0.isEmpty }.joined(separator: "\n")
        try folder.write(text, to: "sso-sync.yaml")
        return text
    }

    func setMembers(_ names: [String]) throws {
        let people = names.map { "{ id: u-\($0), userName: \($0) }" }.joined(separator: ", ")
        let members = names.map { "u-\($0)" }.joined(separator: ", ")
        try folder.write(
            "people: [\(people)]\ngroups: [{ id: g-1, name: team, members: [\(members)] }]",
            to: "people.yaml"
        )
    }

    func run(_ arguments: String...) async throws -> ChildProcess.Outcome { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> ChildProcess.Outcome {
        try await ChildProcess.run(["-C", folder.path, Self.path] + arguments, environment: environment)
    }
}

extension ChildProcess.Outcome {
    func lines(with text: String) -> Int {
        (output + errors).split(separator: "\n").count { $0.contains(text) }
    }
}
