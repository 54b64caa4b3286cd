// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

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
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard ticket.start(continuation) else { return }
                loop.submit(ticket)
            }
        } onCancel: {
            // Whoever waits goes on at once; the transfer is taken out when the loop gets to it.
            ticket.finish(.failure(CancellationError()))
            loop.drop(ticket)
        }
    }
}

/// A request on its way, and who waits for its response.
final class CurlTicket: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<HTTPResponse, any Error>)
        case finished
    }

    let request: HTTPRequest
    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State.new)

    init(request: HTTPRequest, deadline: ContinuousClock.Instant?) {
        self.request = request
        self.deadline = deadline
    }

    /// Whether nobody waits any more.
    var isFinished: Bool {
        state.withLock { state in
            if case .finished = state { true } else { false }
        }
    }

    /// Takes over who waits; false if the task was cancelled before.
    func start(_ continuation: CheckedContinuation<HTTPResponse, any Error>) -> Bool {
        let isStarted = state.withLock { state in
            guard case .new = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !isStarted { continuation.resume(throwing: CancellationError()) }
        return isStarted
    }

    /// Lets whoever waits go on; only the first time counts.
    func finish(_ result: Result<HTTPResponse, any Error>) {
        let waiting = state.withLock { state in
            defer { state = .finished }
            if case .waiting(let continuation) = state { return Optional(continuation) }
            return nil
        }
        waiting?.resume(with: result)
    }
}
