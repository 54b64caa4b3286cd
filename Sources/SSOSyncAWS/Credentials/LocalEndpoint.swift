// SPDX-License-Identifier: Apache-2.0

/// Asks a server of the machine's own environment: at once or not at all.
struct LocalEndpoint: Sendable {
    let transport: any HTTPTransport
    /// Who it is, for errors.
    let name: String
    /// How long one attempt may take.
    var attemptTimeout: Duration = .seconds(1)

    private static let attempts = 3

    /// Sends a request, again if that may help.
    ///
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``AWSError``, or `CancellationError`.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var attempt = 1
        while true {
            do {
                let response = try await transport.send(request, deadline: .now + attemptTimeout)
                guard response.status >= 500, attempt < Self.attempts else { return response }
            } catch let error as AWSError where error.code == .connectionLost || error.code == .badResponse {
                guard attempt < Self.attempts else { throw error }
            }
            try await Task.sleep(for: .milliseconds(100 << attempt))
            attempt += 1
        }
    }

    /// The body of an answer that is no failure.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/credentialsUnavailable`` for another status.
    func body(_ request: HTTPRequest) async throws -> [UInt8] {
        let response = try await send(request)
        guard response.isSuccess else {
            throw AWSError(.credentialsUnavailable, "\(name) answered with the status \(response.status)")
        }
        return response.body
    }
}
