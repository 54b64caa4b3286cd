// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

/// What the function is deployed with, and the function under a control plane: with a directory in a file, and a target that
/// nobody listens for.
struct FunctionFolder {
    static let configuration = """
        {
          "version": 1, "owner": "test", "directory": { "file": { "path": "people.json" } },
          "targets": [{
            "name": "orders", "mode": "enforce", "engine": "postgres", "host": "localhost", "port": 9,
            "user": "sso_provisioner", "login": { "passwordVariable": "PROVISIONER_PASSWORD" },
            "groups": { "team": { "roles": ["readers"] } }
          }]
        }
        """

    let folder: TemporaryFolder

    init(_ configuration: String = Self.configuration) throws {
        folder = try TemporaryFolder()
        try folder.write(configuration, to: "sso-sync.json")
        try folder.write(
            #"{"people": [], "groups": [{"id": "\#(AWSStandIn.id(900))", "name": "team", "members": []}]}"#,
            to: "people.json"
        )
    }

    func play(
        _ invocations: [LambdaControlPlane.Invocation],
        environment: [String: String] = [:],
        timeout: Double = 60
    ) async throws -> LambdaControlPlane.Report {
        let least = [
            "SSOSYNC_ROLE": "single", "LAMBDA_TASK_ROOT": folder.path, "PROVISIONER_PASSWORD": "a secret of the server",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
        ]
        let report = try await LambdaControlPlane.play(
            invocations,
            on: "sso-sync-lambda",
            environment: least.merging(environment) { $1 },
            timeout: timeout
        )
        #expect(report.violations.isEmpty)
        #expect(!report.output.contains { $0.contains("a secret of the server") })
        return report
    }

    /// What `init/error` was told, when the function cannot start; its one line in the log says the same, and one counts it, by the
    /// function's name or by its owner.
    func initError(environment: [String: String] = [:]) async throws -> String {
        struct Body: Decodable { let errorMessage: String }
        let report = try await play([.init("{}")], environment: environment)
        #expect(report.kinds == ["initError"])
        #expect(report.exits == [1])
        let error = try #require(report.initErrors.first)
        #expect(error.errorType == "Function.ConfigurationInvalid")
        let message = try JSONDecoder().decode(Body.self, from: Data(error.body.utf8)).errorMessage
        #expect(!message.contains("\n"))
        #expect(report.output.count == 2, "\(report.output)")
        #expect(report.metric("FunctionErrors") == 1)
        struct Line: Decodable { let message: String }
        let log = report.output.filter { !$0.contains("\"_aws\"") }
        #expect(log.count == 1)
        let line = try JSONDecoder().decode(Line.self, from: Data((log.first ?? "").utf8))
        #expect(line.message == "the function cannot start: \(message)")
        return message
    }
}
