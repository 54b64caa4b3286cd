// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport
import Testing

/// How the program that stays begins and ends, without a server.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct ServeToolTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try configure()
    }

    /// Writes a configuration whose only target is a port on which nobody answers.
    private func configure(_ more: String = "") throws {
        let text = Sample.yaml("    region: eu-west-1\n    port: 1\n    mode: enforce\n    groups: [dba]")
            .replacing("db.example.com", with: "localhost")
        try folder.write("\(text)\n\(more)", to: "sso-sync.yaml")
        try folder.write("people: []\ngroups: [{ id: g, name: dba, members: [] }]", to: "people.yaml")
    }

    private func serve(_ options: String..., environment: [String: String] = [:]) throws -> ServeProcess {
        let nobody = ["HOME": folder.path, "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"]
        return try ServeProcess(Tool.path, in: folder, environment: nobody.merging(environment) { $1 }, options)
    }

    private func end(of service: ServeProcess) async throws -> Int32? {
        try await service.eventually("it ends by itself") { $0.status != nil }
        return service.status
    }

    @Test func `a wrong configuration ends it with 78, and a wrong option with 64`() async throws {
        #expect(try await end(of: try serve("--config", "nowhere.yaml")) == 78)
        for options in [
            ["--interval", "0s"], ["--interval", "25h"], ["--interval", "15"], ["--interval", "m"],
            ["--queue-url", "sso-sync"], ["--queue-url", "http://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync"],
            ["--queue-url", "https://queue.example.com/sso-sync"], ["--health-file", "nowhere/health.json"],
        ] {
            #expect(try await end(of: try ServeProcess(Tool.path, in: folder, options)) == 64, "\(options)")
        }
        let interval = try serve("--interval", "2d")
        #expect(try await end(of: interval) == 64)
        #expect(interval.log.contains("30s, 15m, 1h or 1d, from 1s to 1d"), "\(interval.log)")
        let fifo = try serve("--queue-url", "https://sqs.eu-west-1.amazonaws.com/111111111111/a.fifo")
        #expect(try await end(of: fifo) == 64)
        #expect(fifo.log.contains("is a FIFO queue; events need a standard one"), "\(fifo.log)")
        let text = String(decoding: folder.contents("sso-sync.yaml"), as: UTF8.self)
        let snapshot =
            "snapshot: { path: s.json, publicKeySHA256: \(String(repeating: "0", count: 64)), directoryId: file }"
        try folder.write(text.replacing("file: { path: people.yaml }", with: snapshot), to: "reader.yaml")
        let queue = "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync"
        let reader = try serve("--config", "reader.yaml", "--queue-url", queue)
        #expect(try await end(of: reader) == 64)
        #expect(reader.log.contains("a snapshot says nothing new then"), "\(reader.log)")
        try configure("nonsense: 7")
        #expect(try await end(of: try serve()) == 78)
    }

    @Test func `a target that fails does not end it, a signal does, with 0`() async throws {
        let service = try serve("--interval", "1s")
        try await service.eventually("two runs fail") {
            $0.log.components(separatedBy: "full run: partial-failure").count > 2
        }
        let health = try #require(try service.health())
        #expect(health.lastFullRun?.verdict == "partial-failure" && health.lastGoodFullRun == nil)
        service.send(SIGINT)
        #expect(try await end(of: service) == 0)
    }

    @Test func `the first signal waits for who is being told, for ten seconds at most, and the second for nobody`()
        async throws
    {
        let frozen = try SilentServer()
        try configure("notify: [{ webhook: { url: \"http://127.0.0.1:\(frozen.port)/\" } }]")
        for signals in 1...2 {
            let service = try serve()
            try await service.eventually("a run is over") { try $0.health()?.lastFullRun != nil }
            service.send(SIGTERM)
            try await service.eventually("it was heard") { $0.log.contains("once more to quit at once") }
            if signals == 2 { service.send(SIGTERM) }
            let began = ContinuousClock.now
            #expect(try await end(of: service) == (signals == 1 ? 0 : 143), "\(service.log)")
            let took = began.duration(to: .now)
            #expect(signals == 1 ? took > .seconds(4) && took < .seconds(15) : took < .seconds(4))
            #expect(service.log.contains("not everybody was told how the run went") == (signals == 1))
        }
    }

    @Test func `what carries tags is looked for before each full run`() async throws {
        var world = try await AWSStandIn.world()
        let text = """
            version: 1
            owner: prod
            directory: { file: { path: people.yaml } }
            targets:
              - { name: shop, mode: enforce, tagged: { sso-sync: shop }, region: eu-west-1, user: p, groups: { dba: { roles: [dba] } } }
            """
        try folder.write(text, to: "sso-sync.yaml")
        func set(_ ids: String...) async throws {
            let instances = ids.map { id in
                var instance = AWSStandIn.DatabaseInstance(id)
                (instance.Endpoint, instance.TagList) = (.init("localhost", 1), [.init("sso-sync", "shop")])
                return instance
            }
            world.rds = [world.region: AWSStandIn.RDS(clusters: [], instances: instances)]
            try await world.set()
        }
        try await set("till")
        let service = try serve("--interval", "1s", environment: world.environment)
        try await service.eventually("the first is worked on") { $0.log.contains("target=shop/till") }
        #expect(!service.log.contains("target=shop/counter"))
        try await set("till", "counter")
        try await service.eventually("the second, too") { $0.log.contains("target=shop/counter") }
        #expect(try await service.end() == 0)
    }
}
