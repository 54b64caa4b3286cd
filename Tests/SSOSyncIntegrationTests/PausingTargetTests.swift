// SPDX-License-Identifier: Apache-2.0

import SSOSyncMySQL
import SSOSyncPostgres
import SSOSyncYAML
import Testing

@testable import SSOSyncAWS
@testable import SSOSyncConfiguration

@Suite("Targets that pause when nobody is connected")
struct PausingTargetTests {
    private func connectTimeout(_ engine: RDSTarget.Engine, mayPause: Bool) throws -> Int {
        let text = """
            {"version": 1, "owner": "test", "directory": {"file": {"path": "people.yaml"}},
             "targets": [{"name": "orders", "cluster": "orders", "user": "p", "groups": ["team"]}]}
            """
        let documents = DocumentReader([YAMLDocumentParser()])
        let document = try documents.document(Array(text.utf8), file: "c.json")
        let configuration = try ConfigurationFile(document, path: "c.json")
        let target = configuration.targets[0]
        let writer = RDSTarget.Endpoint(host: "w", port: 1, region: "eu-west-1")
        let found = RDSTarget(
            name: .cluster("orders"),
            engine: engine,
            engineVersion: "16.4",
            resourceId: "cluster-1",
            state: "available",
            writer: writer,
            readers: [],
            writerInstances: [],
            hasIAMAuthentication: true,
            mayPause: mayPause,
            deployments: [],
            notices: [],
            unseen: []
        )
        let assembler = TargetAssembler(configuration, aws: AWSAccess(environment: [:]), environment: [:])
        let server = assembler.server(try TargetServer(found, for: target), of: target, user: "p", certificates: nil)
        return switch server {
        case .postgres(let server): server.connectTimeout
        case .mysql(let server): server.connectTimeout
        }
    }

    @Test(arguments: [RDSTarget.Engine.postgres, .mysql])
    func `a connection waits for one to resume, and for no other`(engine: RDSTarget.Engine) throws {
        #expect(try connectTimeout(engine, mayPause: true) == 60)
        #expect(try connectTimeout(engine, mayPause: false) == 10)
    }
}
