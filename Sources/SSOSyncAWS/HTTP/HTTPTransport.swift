// SPDX-License-Identifier: Apache-2.0

/// Sends requests and hands back responses.
///
/// ## Implementation guidance
/// - Send a request as it stands, to the server that it names: requests are signed, so a redirect is a response like any
///   other, path and query stay as they are, and nothing is sent again once a response has begun.
/// - Verify servers, chain and host name. Refuse `http` unless ``HTTPRequest/isLocal`` says otherwise, and go through no
///   proxy then.
/// - Any status is a response. A response that was cut off, or is longer than ``HTTPRequest/responseLimit``, is an error.
/// - When the task is cancelled, return at once.
public protocol HTTPTransport: Sendable {
    /// Sends a request and waits for the whole response.
    ///
    /// - Parameters:
    ///   - request: What to send.
    ///   - deadline: When to give up; nil for never.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``AWSError`` that says what happened and whether anything may have been sent; `CancellationError` if the
    ///   task was cancelled.
    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse
}
