// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport
import SSOSyncTesting

/// The program with a configuration for one server.
struct ServedTool {
    /// Built beside the tests.
    private static let path = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "sso-sync").path()
    static let exists = FileManager.default.isExecutableFile(atPath: path)

    let folder: TemporaryFolder

    /// - Parameters:
    ///   - world: Whose server it is.
    ///   - port: Where to connect to; by default the server's port.
    ///   - authority: The file of authorities; by default that of the server.
    init(_ world: World, port: Int? = nil, authority: String? = nil) throws {
        folder = try TemporaryFolder()
        let engine = world.server.engine == .mysql ? "mysql" : "postgres"
        let text = """
            version: 1
            owner: test
            directory: { file: { path: people.yaml } }
            targets:
              - name: orders
                mode: enforce
                engine: \(engine)
                host: localhost
                port: \(port ?? world.server.port)
                region: eu-west-1
                user: sso_provisioner
                tls: { ca: \(authority ?? world.server.authority) }
                groups: { team: { id: g-1, roles: [readers] } }
            """
        try folder.write(text, to: "sso-sync.yaml")
        try setMembers(["ann"])
    }

    func setMembers(_ names: [String]) throws {
        let people = names.map { "{ id: u-\($0), userName: \($0) }" }.joined(separator: ", ")
        let members = names.map { "u-\($0)" }.joined(separator: ", ")
        try folder.write(
            "people: [\(people)]\ngroups: [{ id: g-1, name: team, members: [\(members)] }]",
            to: "people.yaml"
        )
    }

    func run(_ arguments: String...) async throws -> ChildProcess.Outcome {
        let (credentials, folder) = (IAMStandIn.credentials, folder.path)
        let environment = [
            "AWS_ACCESS_KEY_ID": credentials.accessKeyId, "AWS_SECRET_ACCESS_KEY": credentials.secretAccessKey,
        ]
        return try await ChildProcess.run(["-C", folder, Self.path] + arguments, environment: environment)
    }
}

extension ChildProcess.Outcome {
    func lines(with text: String) -> Int {
        (output + errors).split(separator: "\n").count { $0.contains(text) }
    }
}
