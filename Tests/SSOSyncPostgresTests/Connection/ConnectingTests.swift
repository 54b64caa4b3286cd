// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Connecting` {
    private static let secret = Secret("not-a-token")

    @Test func `to a host that does not exist says so`() async throws {
        let options = PostgresConnectionOptions(host: "nosuch.invalid", user: "u", caFile: "/dev/null")
        let error = await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.open(options, secret: Self.secret)
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("nosuch.invalid") == true)
    }

    @Test func `to a closed port says so`() async throws {
        let options = PostgresConnectionOptions(host: "127.0.0.1", port: 1, user: "u", caFile: "/dev/null")
        let error = await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.open(options, secret: Self.secret)
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("127.0.0.1:1: Connection refused") == true)
    }

    @Test func `to a silent server ends at the deadline`() async throws {
        let server = try FakeServer(.silent)
        let options = try server.options(connectTimeout: 600)
        let start = ContinuousClock.now
        let error = await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.open(
                options,
                secret: Self.secret,
                deadline: start.advanced(by: .milliseconds(300))
            )
        }
        #expect(error?.code == .timeout)
        #expect(start.duration(to: .now) < .seconds(300))
    }

    @Test func `to a silent server ends at the limit of the options`() async throws {
        let server = try FakeServer(.silent)
        let options = try server.options(connectTimeout: 1)
        let error = await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.open(options, secret: Self.secret)
        }
        #expect(error?.code == .timeout)
    }

    @Test func `ends when the task is cancelled`() async throws {
        let server = try FakeServer(.silent)
        let options = try server.options(connectTimeout: 30)
        let task = Task {
            let error = await #expect(throws: PostgresError.self) {
                _ = try await PostgresConnection.open(options, secret: Self.secret)
            }
            return error?.code
        }
        try await eventually("the server has a client") { server.hasClient }
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    /// OpenSSL may hold back a part of a TLS record that `poll(2)` knows nothing about.
    @Test func `to a server with the largest TLS records gets answers without a pause`() async throws {
        let server = try FakeServer(.records, certificate: TestCertificates.shared.get().right)
        let connection = try await PostgresConnection.open(try server.options(), secret: Self.secret)
        var shortest = Duration.seconds(10)
        // The server itself pauses for 0.1 s; a hidden rest would wait for the end of a slice of one second.
        let limit = Duration.milliseconds(700)
        for _ in 0..<20 where shortest >= limit {
            let start = ContinuousClock.now
            let results = try await connection.execute("SELECT")
            shortest = min(shortest, start.duration(to: .now))
            #expect(results.first?.rowCount == 24)
        }
        #expect(shortest < limit)
    }
}
