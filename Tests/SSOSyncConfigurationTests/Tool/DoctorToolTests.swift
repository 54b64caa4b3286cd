// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What the doctor says of AWS and of whom there is to tell; the only target is a port on which nobody answers.
@Suite(
    "The doctor, beside servers",
    .enabled(if: Tool.exists, "the program is not built beside the tests"),
    .timeLimit(.minutes(5))
)
struct DoctorToolTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Diagnosis: Decodable {
        struct Part: Decodable { let checks: [HealthCheck] }
        let parts: [Part]
    }

    /// The checks by name.
    private func examine(
        _ world: AWSStandIn.World,
        directory: String = "file: { path: people.yaml }",
        notify: String = "",
        environment: [String: String] = [:]
    ) async throws -> [String: HealthCheck] {
        let text = Sample.yaml("    region: eu-west-1\n    port: 1\n    groups: [dba]")
            .replacing("file: { path: people.yaml }", with: directory)
            .replacing("db.example.com", with: "localhost")
        try folder.write(text + notify, to: "sso-sync.yaml")
        try folder.write("people: []\ngroups: [{ id: g, name: dba, members: [] }]", to: "people.yaml")
        var tool = Tool(folder: folder)
        tool.environment = world.environment.merging(["HOME": folder.path, "AWS_MAX_ATTEMPTS": "1"]) { $1 }
            .merging(environment) { $1 }
        let outcome = try await blocking { [tool] in try tool.run("doctor", "--json") }
        let diagnosis = try JSONDecoder().decode(Diagnosis.self, from: Data(outcome.output.utf8))
        let checks = diagnosis.parts.flatMap(\.checks)
        return Dictionary(checks.map { ($0.name, $0) }) { first, _ in first }
    }

    /// A directory in a Region of a test's own: trails are everyone's.
    private func world(in region: String) async throws -> AWSStandIn.World {
        var world = try await AWSStandIn.world()
        world.region = region
        world.instances = [region: [AWSStandIn.Instance(store: world.store)]]
        try await world.set()
        let group = AWSStandIn.Group(AWSStandIn.id(900), "dba", members: [1, 2].map(AWSStandIn.id))
        try await world.load(users: (0..<4).map { AWSStandIn.User($0) }, groups: [group])
        return world
    }

    /// Does what it says, to the letter.
    private func run(_ command: String, in world: AWSStandIn.World) async throws {
        let outcome = try await ChildProcess.run(["sh", "-c", command], environment: world.environment)
        try #require(outcome.status == 0, "\(command): \(outcome)")
    }

    // MARK: The trail

    @Test func `a trail that is missing, or stopped, is a warning, and what it says makes it log`() async throws {
        let world = try await world(in: "eu-north-1")
        let directory = "identityCenter: { region: eu-north-1 }"
        let none = try #require(try await examine(world, directory: directory)["trail"])
        #expect(none.status == .warning)
        #expect(none.found.contains("sees no trail that logs management events in eu-north-1"), "\(none)")
        // Of the management account's own trails nothing is known here.
        #expect(none.found.contains("unless the account of IAM Identity Center has one of its own"), "\(none)")
        let bucket = try await world.makeBucket()
        for command in none.remedy { try await run(command.replacing("BUCKET", with: bucket), in: world) }
        let good = try await examine(world, directory: directory)["trail"]
        #expect(good?.status == .good, "\(String(describing: good))")

        try await run("aws cloudtrail stop-logging --name sso-sync --region eu-north-1", in: world)
        let stopped = try #require(try await examine(world, directory: directory)["trail"])
        #expect(stopped.status == .warning && stopped.found.contains("sso-sync is stopped"), "\(stopped)")
        #expect(stopped.remedy.count == 1)
        for command in stopped.remedy { try await run(command, in: world) }
        #expect(try await examine(world, directory: directory)["trail"]?.status == .good)
        #expect(try await world.calls().allSatisfy { $0.verified })
    }

    @Test func `a trail that logs no changes is none`() async throws {
        var world = try await world(in: "eu-south-1")
        let directory = "identityCenter: { region: eu-south-1 }"
        let bucket = try await world.makeBucket()
        let place = "--region eu-south-1"
        try await run("aws cloudtrail create-trail --name reads --s3-bucket-name \(bucket) \(place)", in: world)
        try await run("aws cloudtrail start-logging --name reads \(place)", in: world)
        let put = "aws cloudtrail put-event-selectors --trail-name reads \(place)"
        let fields = #"{"Field":"eventCategory","Equals":["Management"]}"#
        for (selectors, isGood) in [
            (#"--event-selectors '[{"ReadWriteType":"ReadOnly","IncludeManagementEvents":true}]'"#, false),
            (#"--event-selectors '[{"ReadWriteType":"All","IncludeManagementEvents":false}]'"#, false),
            (#"--event-selectors '[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]'"#, true),
            (
                #"--advanced-event-selectors '[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}]'"#,
                false
            ),
            (
                #"--advanced-event-selectors '[{"FieldSelectors":[\#(fields),{"Field":"readOnly","Equals":["true"]}]}]'"#,
                false
            ),
            (#"--advanced-event-selectors '[{"FieldSelectors":[\#(fields)]}]'"#, true),
        ] {
            try await run("\(put) \(selectors)", in: world)
            let check = try await examine(world, directory: directory)["trail"]
            #expect(check?.status == (isGood ? .good : .warning), "\(selectors): \(String(describing: check))")
        }
        try await world.setFaults([.error("AccessDeniedException", of: "GetEventSelectors", times: 0)])
        let closed = try await examine(world, directory: directory)["trail"]
        #expect(closed?.status == .warning && closed?.found.contains("is not known") == true, "\(closed as Any)")
        // One that is closed does not hide another.
        try await run("aws cloudtrail create-trail --name whole --s3-bucket-name \(bucket) \(place)", in: world)
        try await run("aws cloudtrail start-logging --name whole \(place)", in: world)
        #expect(try await examine(world, directory: directory)["trail"]?.status == .good)
    }

    @Test(arguments: [
        ("AccessDenied", 403, "warning"), ("ServiceUnavailable", 503, "warning"),
        ("InvalidClientTokenId", 403, "failed"),
    ])
    func `credentials that STS takes and does not speak of keep nothing from working`(
        code: String,
        status: Int,
        expected: String
    ) async throws {
        var world = try await world(in: "eu-west-1")
        try await world.setFaults([.error(code, status: status, of: "GetCallerIdentity", times: 0)])
        let check = try await examine(world, directory: "identityCenter: { region: eu-west-1 }")["identity"]
        #expect(check?.status.rawValue == expected, "\(check as Any)")
    }

    @Test func `who may not ask for trails is told what to allow, and reads the directory all the same`() async throws {
        var world = try await world(in: "eu-west-1")
        try await world.setFaults([.error("AccessDeniedException", of: "DescribeTrails", times: 0)])
        let checks = try await examine(world, directory: "identityCenter: { region: eu-west-1 }")
        #expect(checks["trail"]?.status == .warning)
        #expect(checks["trail"]?.found.contains("cloudtrail:DescribeTrails is denied") == true)
        #expect(checks["trail"]?.remedy.first?.contains("cloudtrail:GetTrailStatus") == true)
        #expect(checks["reading"]?.status == .good)
        let requests = try await world.calls().count { ["GetGroupId", "ListInstances"].contains($0.operation) }
        #expect(requests > 0)
    }

    @Test func `what a reading takes of the quota is counted, and what is throttled is a warning`() async throws {
        var world = try await world(in: "eu-west-1")
        let directory = "identityCenter: { region: eu-west-1, requestsPerSecond: 20 }"
        let good = try await examine(world, directory: directory)["quota"]
        let operations: Set = [
            "ListInstances", "ListGroups", "GetGroupId", "ListGroupMemberships", "ListUsers", "DescribeUser",
        ]
        let count = try await world.calls().count { operations.contains($0.operation) }
        #expect(good?.status == .good)
        #expect(
            good?.found.contains("a reading takes \(count) requests, so 1 s or more at 20 a second") == true,
            "\(good as Any)"
        )
        try await world.setFaults([.error("ThrottlingException", of: "ListGroupMemberships")])
        let throttled = try await examine(world, directory: directory, environment: ["AWS_MAX_ATTEMPTS": "3"])["quota"]
        #expect(throttled?.status == .warning, "\(throttled as Any)")
        #expect(throttled?.remedy == ["directory.identityCenter.requestsPerSecond: 10"])
    }

    // MARK: Whom there is to tell

    @Test func `a topic, a bus and a webhook are looked for, and none of them hears of it`() async throws {
        var world = try await AWSStandIn.world()
        let messages = AWSMessages(world)
        let (topic, bus) = (try await messages.topic(), try await messages.bus(source: "sso-sync"))
        let certificates = try TestCertificates.shared.get()
        let server = try await HTTPServer([.init(times: 0)], certificate: certificates.right)
        let notify = """

            notify:
              - sns: { topicArn: "\(topic.arn)" }
              - eventBridge: { bus: \(bus.name), region: \(world.region) }
              - webhook: { urlVariable: HOOK, tls: { ca: "\(certificates.authority)" } }
              - log: {}
            """
        let hook = ["HOOK": "https://localhost:\(server.port)/TEAM/HOOK"]
        let good = try await examine(world, notify: notify, environment: hook)
        #expect((0..<3).allSatisfy { good["notify[\($0)]"]?.status == .good }, "\(good)")
        #expect(good["notify[3]"] == nil && good["trail"] == nil && good["quota"] == nil)
        let heard = try await topic.queue.drain() + bus.queue.drain()
        #expect(heard.isEmpty)
        #expect(try server.requests().isEmpty)

        try await world.setFaults([
            .error("AuthorizationError", status: 403, of: "GetTopicAttributes", times: 0),
            .error("AccessDeniedException", of: "DescribeEventBus", times: 0),
        ])
        let denied = try await examine(world, notify: notify, environment: hook)
        for (index, action) in ["sns:GetTopicAttributes", "events:DescribeEventBus"].enumerated() {
            let check = denied["notify[\(index)]"]
            #expect(check?.status == .warning, "\(check as Any)")
            #expect(check?.remedy.first?.contains(#""Action": "\#(action)""#) == true, "\(check as Any)")
        }
        let strange = notify.replacing(certificates.authority, with: certificates.otherAuthority)
        let unverified = try await examine(world, notify: strange, environment: hook)["notify[2]"]
        #expect(unverified?.status == .failed && unverified?.found.contains("TEAM") == false, "\(unverified as Any)")
    }

    @Test func `a topic and a bus that are missing are made by what it says`() async throws {
        let world = try await AWSStandIn.world()
        let name = "made-\(world.store.dropFirst(2))"
        let notify = """

            notify:
              - sns: { topicArn: "arn:aws:sns:eu-west-1:123456789012:\(name)" }
              - eventBridge: { bus: \(name), region: eu-west-1 }
              - webhook: { url: "http://127.0.0.1:1/TEAM" }
              - webhook: { urlVariable: NOT_SET }
            """
        let missing = try await examine(world, notify: notify)
        for (index, words) in ["there is no topic", "there is no event bus", "127.0.0.1:1", "NOT_SET"].enumerated() {
            let check = missing["notify[\(index)]"]
            #expect(check?.status == .failed && check?.found.contains(words) == true, "\(check as Any)")
            let namesAccount = check?.found.contains("the topic is account 123456789012's") == true
            #expect(namesAccount == (index == 0), "\(check as Any)")
            for command in check?.remedy ?? [] { try await run(command, in: world) }
        }
        let made = try await examine(world, notify: notify)
        #expect(made["notify[1]"]?.status == .good, "\(made)")
        let unheard = made["notify[0]"]
        #expect(unheard?.status == .warning && unheard?.found.contains("nobody hears") == true, "\(unheard as Any)")
        #expect(unheard?.remedy.first?.hasPrefix("aws sns subscribe") == true)
        #expect(unheard?.found.contains("account 123456789012's") == true)
    }

    @Test func `a webhook on this machine that is told by http has no certificate that could be verified`() async throws
    {
        let server = try await HTTPServer([.init(times: 0)])
        let notify = "\nnotify: [{ webhook: { url: \"http://127.0.0.1:\(server.port)/T0\" } }]"
        let check = try await examine(try await AWSStandIn.world(), notify: notify)["notify[0]"]
        #expect(check?.status == .good, "\(check as Any)")
        #expect(check?.found.hasSuffix("can be reached, in clear, on this machine") == true, "\(check as Any)")
        #expect(try server.requests().isEmpty)
    }
}
