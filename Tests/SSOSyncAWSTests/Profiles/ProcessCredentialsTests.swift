// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials from a program")
struct ProcessCredentialsTests {
    private func failure(_ command: String, timeout: Duration = .seconds(20)) async throws -> AWSError {
        let provider = ProcessCredentialsProvider(command: command, timeout: timeout)
        return try #require(await #expect(throws: AWSError.self) { try await provider.credentials() })
    }

    @Test func `what it prints is taken`() async throws {
        let folder = try TemporaryFolder()
        let answer =
            #"{"Version":1,"AccessKeyId":"P","SecretAccessKey":"s3cr3t","SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}"#
        try folder.write(answer, to: "a b.json")
        let provider = ProcessCredentialsProvider(command: "cat '\(folder.file("a b.json"))' | cat")
        let credentials = try await provider.credentials()
        #expect(credentials.accessKeyId == "P")
        #expect(credentials.sessionToken == "t")
        #expect(credentials.expiration == (try date("2099-01-01T00:00:00Z")))
        expectHidden(["cat"], in: provider)
    }

    @Test(arguments: [
        ("exit 7", "status 7"), ("kill -9 $$", "status 137"), ("echo s3cr3t", "JSON"),
        ("echo '{\"Version\":2}'", "version 1"),
        ("echo '{\"Version\":1,\"AccessKeyId\":\"s3cr3t\"}'", "version 1"),
        ("/nonexistent/program 2>/dev/null", "status 127"),
        (
            "echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s3cr3t\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'",
            "expired"
        ),
        ("yes s3cr3t", "too much"),
    ])
    func `what is no credentials is an error that repeats nothing`(command: String, words: String) async throws {
        let error = try await failure(command)
        #expect(error.code == .credentialsUnavailable)
        #expect(error.message.contains(words))
        expectHidden(["s3cr3t", "nonexistent"], in: error)
    }

    @Test(arguments: ["sleep 60", "sleep 20 & sleep 60", "exec >/dev/null; trap '' TERM; while :; do sleep 0.1; done"])
    func `a program that does not end is ended`(command: String) async throws {
        let start = ContinuousClock.now
        let error = try await failure(command, timeout: .milliseconds(300))
        #expect([.timedOut, .credentialsUnavailable].contains(error.code))
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test func `cancelling ends it`() async throws {
        let folder = try TemporaryFolder()
        let command = "touch \(folder.file("started")); sleep 60"
        let provider = ProcessCredentialsProvider(command: command)
        let task = Task { try await provider.credentials() }
        try await eventually("it runs") { FileManager.default.fileExists(atPath: folder.file("started")) }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(15))
    }
}
