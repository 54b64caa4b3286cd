// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

/// The program that writes snapshots, and the program that reads them.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct SnapshotToolTests {
    private let folder: TemporaryFolder
    private let tool: Tool

    init() throws {
        folder = try TemporaryFolder()
        tool = Tool(folder: folder)
        let key = try SigningKey()
        try folder.write(bytes: key.privateKey, to: "key.pem")
        try folder.write(bytes: key.publicKey, to: "public.pem")
        let file = "file: { path: people.yaml, id: d-1234567890 }"
        let target = Sample.yaml("    region: eu-west-1\n    groups: [dba]")
        try folder.write(target.replacing("file: { path: people.yaml }", with: file), to: "sso-sync.yaml")
        let snapshot = "snapshot: { path: s.json, publicKey: public.pem, directoryId: d-1234567890, memory: seen.json }"
        try folder.write(target.replacing("file: { path: people.yaml }", with: snapshot), to: "reader.yaml")
        try folder.write(
            "people: [{ id: u-1, userName: ada }, { id: u-2, userName: bob }]\n"
                + "groups: [{ id: g-1, name: dba, members: [u-1] }]",
            to: "people.yaml"
        )
    }

    private func write() throws -> ChildProcess.Outcome {
        try tool.run("snapshot", "--out", "s.json", "--key-file", "key.pem")
    }

    private func read() throws -> ChildProcess.Outcome { try tool.run("config", "check", "-c", "reader.yaml") }

    @Test func `what is written is read, and an older one is refused by the next process, too`() throws {
        let written = try write()
        #expect(written.status == 0, "\(written)")
        #expect(written.output.contains(" of directory d-1234567890 as of "), "\(written)")
        #expect(written.output.contains(": 1 group, 1 person.\n"), "\(written)")
        let first = try read()
        #expect(first.status == 0, "\(first)")
        #expect(first.output.contains("directory d-1234567890 with 1 person."), "\(first)")
        let old = folder.contents("s.json")
        #expect(try write().status == 0)
        #expect(try read().status == 0)
        try folder.write(bytes: old, to: "s.json")
        let replayed = try read()
        #expect(replayed.status == 69, "\(replayed)")
        #expect(replayed.errors.contains("was seen before"), "\(replayed)")
    }

    @Test func `the page on snapshots says how to verify one by hand`() throws {
        #expect(try write().status == 0)
        // The very commands of Docs/snapshot.md.
        let page = try String(contentsOf: ChildProcess.root.appending(path: "Docs/snapshot.md"), encoding: .utf8)
        let block = try #require(page.split(separator: "\n\n").first { $0.contains("openssl dgst") })
        let script = block.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
        let outcome = try ChildProcess.runBlocking([
            "-C", folder.path, "bash", "-euc", script.replacing("snapshot.json", with: "s.json"),
        ])
        #expect(outcome.output == "Verified OK\n", "\(outcome)")
        let text = String(decoding: folder.contents("s.json"), as: UTF8.self)
        try folder.write(text.replacing("ada", with: "eve"), to: "s.json")
        let altered = try ChildProcess.runBlocking([
            "-C", folder.path, "bash", "-euc", script.replacing("snapshot.json", with: "s.json"),
        ])
        #expect(!altered.output.contains("OK"), "\(altered)")
    }

    @Test func `what is missing on the command line is 64, and says what`() throws {
        #expect(try tool.run("snapshot", "--out", "s.json").status == 64)
        #expect(try tool.run("snapshot", "--out", "s.json", "--key", "a", "--key-file", "b").status == 64)
        let wrong = try tool.run("snapshot", "--out", "s.json", "--key-file", "public.pem")
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("public.pem has no private key in PEM in it"), "\(wrong)")
        let bucket = try tool.run("snapshot", "--out", "s3://b/k", "--key-file", "key.pem")
        #expect(bucket.errors.contains("--out: s3://b/k is no place in S3"), "\(bucket)")
        let again = try tool.run("snapshot", "-c", "reader.yaml", "--out", "s.json", "--key-file", "key.pem")
        #expect(again.status == 64)
        #expect(again.errors.contains("is a snapshot already"), "\(again)")
        #expect(folder.contents("s.json").isEmpty)
    }

    @Test func `a group that is not in the directory is 69, and nothing is written`() throws {
        try folder.write("people: []\ngroups: []", to: "people.yaml")
        #expect(try write().status == 69)
        #expect(folder.contents("s.json").isEmpty)
    }

    @Test func `a key file that is none is told by config check`() throws {
        try folder.write("nothing", to: "public.pem")
        let result = try read()
        #expect(result.status == 78)
        #expect(
            result.errors.contains("directory.snapshot.publicKey: public.pem has no public key in PEM in it"),
            "\(result)"
        )
    }

    @Test func `of IAM Identity Center, which whoever reads the snapshot does not ask`() async throws {
        let world = try await AWSStandIn.world()
        let group = AWSStandIn.Group(AWSStandIn.id(900), "dba", members: [1, 2].map(AWSStandIn.id))
        try await world.load(users: [.init(0), .init(1), .init(2, status: "DISABLED")], groups: [group])
        let configuration = String(decoding: folder.contents("sso-sync.yaml"), as: UTF8.self)
        try folder.write(
            configuration.replacing("file: { path: people.yaml, id: d-1234567890 }", with: "identityCenter: {}"),
            to: "center.yaml"
        )
        let reader = String(decoding: folder.contents("reader.yaml"), as: UTF8.self)
        try folder.write(reader.replacing("d-1234567890", with: world.store), to: "reader.yaml")
        var cloud = tool
        cloud.environment = world.environment.merging(["HOME": folder.path, "AWS_REGION": world.region]) { $1 }
        let written = try await blocking { [cloud] in
            try cloud.run("snapshot", "-c", "center.yaml", "--out", "s.json", "--key-file", "key.pem")
        }
        #expect(written.status == 0, "\(written)")
        let text = String(decoding: folder.contents("s.json"), as: UTF8.self)
        #expect(text.contains(#"{"accountName":"person2","enabled":false,"id":"\#(AWSStandIn.id(2))"}"#), "\(text)")
        #expect(!text.contains("person0"))
        let calls = try await world.calls().count
        let read = try read()
        #expect(read.output.contains("directory \(world.store) with 2 people"), "\(read)")
        #expect(try await world.calls().count == calls)
    }

    @Test func `with KMS and S3, signed with the keys of the environment`() async throws {
        let world = try await AWSStandIn.world()
        let (bucket, key) = (try await world.makeBucket(), try await world.makeKey())
        var cloud = tool
        cloud.environment = world.environment.merging(["HOME": folder.path, "AWS_REGION": world.region]) { $1 }
        let place = "s3://\(bucket)/some where/prod.json"
        let written = try await blocking { [cloud] in try cloud.run("snapshot", "--out", place, "--key", key) }
        #expect(written.status == 0, "\(written)")
        let fingerprint = written.output.split(separator: "\n").last ?? ""
        let configuration = String(decoding: folder.contents("reader.yaml"), as: UTF8.self)
            .replacing("path: s.json", with: "s3: '\(place)', roleArn: 'arn:aws:iam::123456789012:role/reader'")
            .replacing(
                "publicKey: public.pem",
                with: "publicKeySHA256: ['\(String(repeating: "0", count: 64))', '\(fingerprint)']"
            )
        try folder.write(configuration, to: "reader.yaml")
        let read = try await blocking { [cloud] in try cloud.run("config", "check", "-c", "reader.yaml") }
        #expect(read.status == 0, "\(read)")
        #expect(read.output.contains("directory d-1234567890 with 1 person."), "\(read)")
        let calls = try await world.calls()
        #expect(calls.allSatisfy { $0.verified })
        let operations = ["GetPublicKey", "GetObject", "Sign", "PutObject", "AssumeRole", "GetObject"]
        #expect(calls.suffix(operations.count).map(\.operation) == operations)
    }
}
