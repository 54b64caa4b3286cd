// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("Deadlines and cancellation of transfers")
struct CurlTransportTimeTests {
    private let transport = CurlTransport(.init())

    private func duration(_ work: () async throws -> Void) async rethrows -> Duration {
        try await ContinuousClock().measure(work)
    }

    @Test(arguments: [HTTPServer.Reply(fault: "hang"), .init(size: 1_000, pause: 30)])
    func `the deadline ends a wait for an answer, and for the rest of one`(reply: HTTPServer.Reply) async throws {
        let server = try await HTTPServer([reply])
        let request = try server.request()
        let taken = await duration {
            let error = await #expect(throws: AWSError.self) {
                try await transport.send(request, deadline: .now + .milliseconds(300))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.mayHaveBeenSent == true)
        }
        #expect(taken > .milliseconds(250))
        #expect(taken < .seconds(15))
    }

    @Test func `a deadline in the past sends nothing`() async throws {
        let server = try await HTTPServer([.init()])
        let request = try server.request()
        let error = await #expect(throws: AWSError.self) { try await transport.send(request, deadline: .now) }
        #expect(error?.code == .timedOut)
        #expect(error?.mayHaveBeenSent == false)
        #expect(try server.requests().isEmpty)
    }

    @Test func `connecting has a limit of its own`() async throws {
        // TEST-NET-1 leads nowhere (RFC 5737); a network that refuses it at once says the same in less time.
        let request = HTTPRequest("GET", try HTTPOrigin(.http, host: "192.0.2.1"), isLocal: true)
        let hasty = CurlTransport(.init(connectTimeout: .milliseconds(300)))
        let taken = await duration {
            let error = await #expect(throws: AWSError.self) { try await hasty.send(request, deadline: nil) }
            #expect(error?.code == .timedOut || error?.code == .connectFailed)
            #expect(error?.mayHaveBeenSent == false)
        }
        #expect(taken < .seconds(15))
    }

    @Test func `cancelling returns at once, and leaves the others alone`() async throws {
        let server = try await HTTPServer([
            .init(path: "/hang", times: 0, fault: "hang"), .init(times: 0, body: "yes", delay: 0.2),
        ])
        let transport = transport
        let hanging = try server.request("GET", "/hang")
        let other = try server.request("GET", "/other")
        let task = Task { try await transport.send(hanging, deadline: nil) }
        try await eventually("the request has arrived") { try server.requests().count == 1 }
        async let response = transport.send(other, deadline: .now + .seconds(20))
        let taken = await duration {
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(taken < .seconds(1))
        #expect(try await response.text == "yes")
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        let server = try await HTTPServer([.init()])
        let transport = transport
        let request = try server.request()
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in gate.stream {}
            return try await transport.send(request, deadline: nil)
        }
        task.cancel()
        gate.continuation.finish()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try server.requests().isEmpty)
    }

    @Test func `cancelled transfers close their connections`() async throws {
        let server = try await HTTPServer([.init(path: "/hang", times: 0, fault: "hang"), .init(times: 0, body: "yes")])
        let transport = transport
        let request = try server.request("GET", "/hang")
        let tasks = (0..<20).map { _ in Task { try await transport.send(request, deadline: nil) } }
        try await eventually("the requests have arrived") { try server.requests().count == 20 }
        for task in tasks { task.cancel() }
        try await eventually("the connections are closed") {
            try server.requests().count { $0.method == "CLOSED" } == 20
        }
        #expect(try await transport.send(server.request(), deadline: .now + .seconds(20)).text == "yes")
    }
}
