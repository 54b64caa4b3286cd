// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

/// Every kind of input in every role, under a control plane.
@Suite("What each role takes", .timeLimit(.minutes(5)))
struct RoleInputTests {
    /// What somebody may hand to a function.
    enum Kind: CaseIterable {
        case event, schedule, schedulerInput, work, excerpt, order, failureRecord, topicMessage
        case garbage, foreignEvent, eventByItself, largestBatch, largestGarbage
    }

    /// What a role does with it.
    private enum End {
        /// What it is for.
        case worksOn
        /// It comes in a batch of messages, as everything does that the role is for: it is counted by this figure, and done with.
        case counts(String)
        case refuses
    }

    private func end(_ kind: Kind, in role: FunctionRole) -> End {
        switch (role, kind) {
        case (.single, .event), (.single, .schedule), (.single, .schedulerInput): .worksOn
        case (.hub, .event), (.hub, .schedule), (.hub, .schedulerInput): .worksOn
        case (.single, .work), (.single, .excerpt), (.hub, .work), (.hub, .excerpt): .counts("EventsUnknown")
        case (.single, .largestBatch), (.hub, .largestBatch): .counts("EventsUnknown")
        case (.spoke, .largestBatch): .counts("MessagesUnknown")
        case (.spoke, .work), (.spoke, .excerpt): .worksOn
        case (.spoke, .event): .counts("MessagesUnknown")
        // Whatever waits in the queue of dead letters is one.
        case (.notify, .event), (.notify, .work), (.notify, .excerpt): .worksOn
        case (.notify, .failureRecord), (.notify, .topicMessage), (.notify, .largestBatch): .worksOn
        case (.control, .order): .worksOn
        default: .refuses
        }
    }

    @Test(arguments: FunctionRole.allCases)
    func `a role works on its own kinds of input, and of all others does nothing but count them`(role: FunctionRole)
        async throws
    {
        let deployed = try await Deployed(role)
        var own: [Kind] = []
        var others: [Kind] = []
        for kind in Kind.allCases {
            if case .worksOn = end(kind, in: role) { own.append(kind) } else { others.append(kind) }
        }
        let before = try await deployed.aws.calls().count
        let report = try await deployed.play(others)
        #expect(try await deployed.aws.calls().count == before)
        #expect(report.outcomes.count == others.count && report.starts == 1)
        var (figures, refused) = ([String: Double](), 0.0)
        for (kind, outcome) in zip(others, report.outcomes) {
            if case .counts(let figure) = end(kind, in: role) {
                figures[figure, default: 0] += 1
                #expect(outcome.body == LambdaEvents.failures(), "\(kind): \(outcome)")
            } else {
                refused += 1
                #expect(outcome.errorType == "Function.InputRefused", "\(kind): \(outcome)")
            }
        }
        #expect(refused >= 4 && report.metric("InputRefused") == refused)
        for (figure, count) in figures { #expect(report.metric(figure) == count, "\(figure)") }
        for figure in ["Runs", "FailuresTold"] { #expect(report.metric(figure) == nil) }

        let work = try await deployed.play(own)
        #expect(work.kinds == own.map { _ in "response" }, "\(work.outcomes)")
        #expect(work.metric("InputRefused") == nil)
        switch role {
        case .single, .hub, .spoke: #expect(work.metric("Runs") == Double(own.count), "\(work.output)")
        case .notify: #expect(work.metric("FailuresTold") == Double(own.count), "\(work.output)")
        case .control: #expect(work.outcomes.first?.body.contains(#""verdict""#) == true, "\(work.outcomes)")
        }
    }

    @Test(arguments: FunctionRole.allCases)
    func `with a second to go no role begins anything, and whatever it was handed comes again`(role: FunctionRole)
        async throws
    {
        let deployed = try await Deployed(role)
        let own = Kind.allCases.filter { if case .worksOn = end($0, in: role) { true } else { false } }
        let before = try await deployed.aws.calls().count
        let report = try await deployed.play(own, timeout: 1)
        // Whatever Lambda is told as an error it tries again: all messages of a batch, too.
        #expect(report.outcomes.map(\.errorType) == own.map { _ in "Function.DeadlineTooShort" })
        #expect(report.metric("DeadlineTooShort") == Double(own.count) && report.starts == 1)
        for figure in ["Runs", "FailuresTold", "DeadlineReached"] { #expect(report.metric(figure) == nil) }
        // Nothing was read, sent, written or told.
        #expect(try await deployed.aws.calls().count == before)
    }
}

/// A function in a role, with a configuration for it, and a target that nobody listens for.
private struct Deployed {
    let aws: AWSStandIn.World
    private let role: FunctionRole
    private let folder: FunctionFolder
    private let signer: ExcerptSigner
    private let topic: String
    private let person = UserId(AWSStandIn.id(1))
    private let group = AWSStandIn.id(900)
    /// The bytes of the largest payload that Lambda hands over: 6 MB.
    private static let largest = 6 << 20

    init(_ role: FunctionRole) async throws {
        self.role = role
        aws = try await AWSStandIn.world()
        try await aws.load(users: [AWSStandIn.User(1)], groups: [AWSStandIn.Group(group, "team")])
        let key = try #require(PEMSnapshotSigner(pem: try SigningKey().privateKey))
        signer = ExcerptSigner(key, accountName: .userName)
        topic = try await AWSMessages(aws).topic().arn
        let configuration =
            switch role {
            case .single, .control, .notify: FunctionFolder.configuration
            case .hub:
                """
                {
                  "version": 1, "owner": "test",
                  "directory": { "identityCenter": { "region": "\(aws.region)", "identityStoreId": "\(aws.store)" } },
                  "hub": {
                    "key": "\(try await aws.makeKey())",
                    "snapshots": [{ "s3": "s3://\(try await aws.makeBucket(hasVersions: true))/prod.json", "region": "\(aws.region)" }],
                    "spokes": [{
                      "name": "eu", "queueUrl": "\(try await AWSMessages(aws).queue().queueURL)", "region": "\(aws.region)",
                      "targets": ["orders"], "groups": { "team": "\(group)" }
                    }]
                  }
                }
                """
            case .spoke:
                FunctionFolder.configuration.replacing(
                    #""file": { "path": "people.json" }"#,
                    with: """
                        "snapshot": {
                          "s3": "s3://\(try await aws.makeBucket())/prod.json", "region": "\(aws.region)",
                          "publicKeySHA256": "\(SHA256.digest(key.publicKey()).hexadecimal)", "directoryId": "\(aws.store)"
                        }
                        """
                )
            }
        folder = try FunctionFolder(configuration)
    }

    func play(_ kinds: [RoleInputTests.Kind], timeout: Double? = nil) async throws -> LambdaControlPlane.Report {
        var payloads: [LambdaControlPlane.Invocation] = []
        for kind in kinds { payloads.append(.init(try await payload(kind), timeout: timeout)) }
        let environment = [
            "SSOSYNC_ROLE": role.rawValue, "SSOSYNC_NOTIFY_TOPIC_ARN": role == .notify ? topic : "",
            "AWS_REGION": aws.region,
        ]
        return try await folder.play(payloads, environment: aws.environment.merging(environment) { $1 })
    }

    private func payload(_ kind: RoleInputTests.Kind) async throws -> String {
        let event = LambdaEvents.membership("AddMemberToGroup", person: person.rawValue, group: group, store: aws.store)
        let record =
            #"{"version":"1.0","requestContext":{"functionArn":"arn:aws:lambda:f","condition":"RetriesExhausted"}}"#
        switch kind {
        case .event: return try LambdaEvents.batch([event])
        case .schedule: return LambdaEvents.schedule
        case .schedulerInput: return LambdaEvents.schedulerInput
        case .work:
            let work = FleetMessage.Work(asOf: .now, run: "0123456789abcdef", scheduled: true, targets: ["orders"])
            return try LambdaEvents.batch([FleetMessage.work(work).text])
        case .excerpt:
            let messages = ExcerptMessages(signer: signer, run: "0123456789abcdef")
            return try LambdaEvents.batch(try await messages.texts(of: directory, for: ["team"]))
        case .order: return #"{"sso-sync":{"v":1,"do":"plan"}}"#
        case .failureRecord: return record
        case .topicMessage:
            let message = ["MessageId": "s-1", "Message": record]
            let records = ["Records": [["EventSource": "aws:sns", "Sns": message] as [String: Any]]]
            return String(decoding: try JSONSerialization.data(withJSONObject: records), as: UTF8.self)
        case .garbage: return "garbage"
        case .foreignEvent: return #"{"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"b"}}}]}"#
        case .eventByItself: return event
        case .largestBatch:
            let message = try LambdaEvents.batch([""])
            return try LambdaEvents.batch([String(repeating: "x", count: Self.largest - message.utf8.count)])
        case .largestGarbage: return String(repeating: "x", count: Self.largest)
        }
    }

    private var directory: Directory {
        Directory(
            id: DirectoryId(aws.store),
            asOf: .now,
            scope: .people([person]),
            people: [Person(id: person, accountName: "person1")],
            groups: [DirectoryGroup(id: GroupId(group), name: "team", members: [person])]
        )
    }
}
