// SPDX-License-Identifier: Apache-2.0

import SSOSyncConcurrency

/// The transport over libcurl: connections are reused, HTTP/2 is spoken where it is offered, and servers are verified.
///
/// All transfers of one transport run in one loop, which has a thread only while there are any. libcurl itself sends a
/// request once more if a connection that had been kept turns out to be closed before a byte of the response came.
///
///     let transport = CurlTransport()
///     let response = try await transport.send(request, deadline: .now + .seconds(10))
public final class CurlTransport: HTTPTransport {
    private let loop: CurlLoop

    /// Makes a transport.
    ///
    /// - Parameter configuration: How servers are reached and verified; by default what the environment says.
    public init(_ configuration: Configuration = Configuration(environment: Configuration.processEnvironment)) {
        loop = CurlLoop(configuration)
    }

    /// Sends a request and waits for the whole response.
    ///
    /// - Parameters:
    ///   - request: What to send.
    ///   - deadline: When to give up; nil for never. Connecting has a limit of its own in any case.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``AWSError`` with one of the codes ``AWSError/Code/invalidArgument``, ``AWSError/Code/hostNotFound``,
    ///   ``AWSError/Code/connectFailed``, ``AWSError/Code/tlsFailed``, ``AWSError/Code/certificateRejected``,
    ///   ``AWSError/Code/timedOut``, ``AWSError/Code/connectionLost``, ``AWSError/Code/responseTooLarge`` and
    ///   ``AWSError/Code/badResponse``; `CancellationError` if the task was cancelled.
    public func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        try request.check()
        let ticket = CurlTicket(request: request, deadline: deadline)
        // Whoever is cancelled goes on at once; the transfer is taken out when the loop gets to it.
        return try await ticket.waiter.wait {
            loop.submit(ticket)
        } onCancel: { [loop] in
            loop.drop(ticket)
        }
    }

    /// Connects to a server, sees that it is who it says, and sends nothing.
    ///
    /// - Parameters:
    ///   - origin: The server.
    ///   - isLocal: Whether it belongs to the machine's own environment.
    ///   - deadline: When to give up; nil for never.
    /// - Throws: As ``send(_:deadline:)``.
    public func connect(
        to origin: HTTPOrigin,
        isLocal: Bool = false,
        deadline: ContinuousClock.Instant?
    ) async throws {
        var request = HTTPRequest("HEAD", origin, isLocal: isLocal)
        request.connectsOnly = true
        _ = try await send(request, deadline: deadline)
    }
}

/// A request on its way, and who waits for its response.
final class CurlTicket: Sendable {
    let request: HTTPRequest
    let deadline: ContinuousClock.Instant?
    let waiter = Waiter<HTTPResponse>()

    init(request: HTTPRequest, deadline: ContinuousClock.Instant?) {
        self.request = request
        self.deadline = deadline
    }
}
