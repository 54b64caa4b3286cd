// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("Connecting to MySQL", .timeLimit(.minutes(2)))
struct ConnectingTests {
    private static let secret = Secret("not-a-token")

    private static func failure(
        _ options: MySQLConnectionOptions,
        deadline: ContinuousClock.Instant? = nil
    ) async -> MySQLError? {
        await #expect(throws: MySQLError.self) {
            _ = try await MySQLConnection.open(options, secret: secret, deadline: deadline)
        }
    }

    @Test func `to a host that does not exist says so`() async throws {
        let error = await Self.failure(MySQLConnectionOptions(host: "nosuch.invalid", user: "u", caFile: "/dev/null"))
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("nosuch.invalid is not known") == true)
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `to a closed port says so`(host: String) async throws {
        let error = await Self.failure(MySQLConnectionOptions(host: host, port: 1, user: "u", caFile: "/dev/null"))
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("Cannot connect to \(host):1: ") == true)
        #expect(error?.message.contains("refused") == true, "\(error as Any)")
    }

    @Test(arguments: ["silent", "drip"])
    func `to a server that does not get on ends at the deadline`(mode: String) async throws {
        let server = try FakeServer(mode)
        let start = ContinuousClock.now
        let error = await Self.failure(
            try server.options(connectTimeout: 600),
            deadline: start.advanced(by: .milliseconds(300))
        )
        #expect(error?.code == .timeout)
        #expect(start.duration(to: .now) < .seconds(50))
    }

    /// The C library has a limit for each step, and a server that sends a byte now and then keeps within it.
    @Test(arguments: ["silent", "drip"])
    func `to a server that does not get on ends at the limit of the options`(mode: String) async throws {
        let server = try FakeServer(mode)
        #expect(await Self.failure(try server.options(connectTimeout: 1))?.code == .timeout)
    }

    @Test func `too late, or with nothing secret, does not begin`() async throws {
        let server = try FakeServer("silent")
        let options = try server.options()
        #expect(await Self.failure(options, deadline: .now)?.code == .timeout)
        for secret in ["", "a\0b"] {
            let error = await #expect(throws: MySQLError.self) {
                _ = try await MySQLConnection.open(options, secret: Secret(secret))
            }
            #expect(error?.code == .invalidOptions)
        }
    }

    @Test func `ends at once when the task is cancelled, and is not left open`() async throws {
        let server = try FakeServer("silent")
        let options = try server.options(connectTimeout: 8)
        let task = Task { await Self.failure(options)?.code }
        try await eventually("the server has a client") { server.hasAccepted }
        task.cancel()
        #expect(await task.value == .cancelled)
        // What nobody waits for ends by itself.
        #expect(server.received().raw.isEmpty)
    }

    @Test(arguments: ["close", "garbage"])
    func `to something that is no MySQL server says so`(mode: String) async throws {
        let server = try FakeServer(mode)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("localhost:\(server.port)") == true)
        #expect(server.received().raw.isEmpty)
    }

    @Test(arguments: [
        ("busy", MySQLError.Code.connectionFailed, 1_040), ("blocked", .connectionFailed, 1_129),
        ("stranger", .authenticationFailed, 1_130),
    ])
    func `to a server that takes no connection says why`(mode: String, code: MySQLError.Code, number: Int) async throws
    {
        let server = try FakeServer(mode)
        let error = await Self.failure(try server.options())
        #expect(error?.code == code)
        #expect(error?.number == number)
    }

    @Test(arguments: [("unknown", "max_execution_time"), ("mute", "does not say what it is")])
    func `to a server that is not MySQL 8 or later says so`(mode: String, words: String) async throws {
        let server = try FakeServer(mode, certificate: TestCertificates.shared.get().right)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .unsupportedServer)
        #expect(error?.message.contains(words) == true)
    }

    /// Without TLS anybody can have written the greeting.
    @Test func `takes version and number from the session, not from the greeting in clear`() async throws {
        let server = try FakeServer("honest", certificate: TestCertificates.shared.get().right)
        let connection = try await MySQLConnection.open(try server.options(), secret: Self.secret)
        #expect(connection.serverVersion == "8.0.42")
        #expect(connection.connectionId == 42)
        #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
        await connection.close()
    }
}
