// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncConcurrency

/// Calls one service in one Region: signs, sends, and tries again what is worth it.
///
/// Share one between tasks: its calls share the retry quota, the adaptive limiter, and what was learned about the clock.
///
///     let client = AWSClient(.identityStore, region: "eu-west-1", credentials: chain, transport: CurlTransport())
///     let page = try await client.call("ListUsers", ListUsersInput(…), returning: ListUsersOutput.self)
public final class AWSClient: Sendable {
    /// The service that is called.
    public let service: AWSService
    /// The Region that is called.
    public let region: String

    let endpoint: AWSEndpoint
    let configuration: Configuration
    let transport: any HTTPTransport
    let state: ClientState
    private let credentials: (any CredentialsProvider)?

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - service: The service to call.
    ///   - region: Its Region, such as `eu-west-1`.
    ///   - credentials: Where the credentials to sign with come from; nil to sign nothing, which few calls allow.
    ///   - transport: What sends requests.
    ///   - endpoints: Where services are found.
    ///   - configuration: How often and how fast it calls.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument`` if the service cannot be found there.
    public init(
        _ service: AWSService,
        region: String,
        credentials: (any CredentialsProvider)?,
        transport: any HTTPTransport,
        endpoints: EndpointResolver = EndpointResolver(),
        configuration: Configuration = Configuration()
    ) throws(AWSError) {
        self.service = service
        self.region = region
        self.credentials = credentials
        self.transport = transport
        self.configuration = configuration
        endpoint = try endpoints.endpoint(of: service, region: region)
        state = ClientState(configuration)
    }

    /// Makes a call, and waits for an answer that is no failure.
    ///
    /// - Parameters:
    ///   - call: What to send.
    ///   - deadline: When to give up in all; nil to leave it to the number of attempts and the limit for each.
    /// - Returns: The response, with a status of the 200s.
    /// - Throws: ``AWSError`` of the last attempt, or what the credentials provider throws; `CancellationError` if the
    ///   task was cancelled.
    public func send(_ call: AWSCall, deadline: ContinuousClock.Instant? = nil) async throws -> HTTPResponse {
        var retry = RetryState(policy: configuration.retryPolicy, isIdempotent: call.isIdempotent)
        while true {
            try await waitForTurn(deadline)
            let offset = state.clockOffset
            let date = configuration.now() + offset
            do {
                let response = try await attempt(call, date: date, number: retry.attempt, deadline)
                state.succeeded(retry)
                return response
            } catch let error as AWSError {
                if RetryReason(error) == .throttling { configuration.meter?.noteThrottled() }
                switch state.decide(&retry, after: error, deadline: deadline, signedAt: date) {
                case .fail: throw error
                // Others may have found the same meanwhile: it counts from what this request was signed with.
                case .correctClock(let correction): state.correctClock(to: offset + correction)
                case .retry(let delay): try await configuration.sleep(delay)
                }
            }
        }
    }

    private func attempt(
        _ call: AWSCall,
        date: Date,
        number: Int,
        _ deadline: ContinuousClock.Instant?
    ) async throws -> HTTPResponse {
        let request = try await signedRequest(call, date: date, attempt: number, deadline)
        configuration.meter?.noteRequest()
        let limit = ContinuousClock.now + configuration.attemptTimeout
        let response = try await transport.send(request, deadline: min(deadline ?? limit, limit))
        guard !response.isSuccess else { return response }
        throw ServiceAnswer(response).error("\(service.id) \(call.operation)")
    }

    private func signedRequest(
        _ call: AWSCall,
        date: Date,
        attempt: Int,
        _ deadline: ContinuousClock.Instant?
    ) async throws -> HTTPRequest {
        var request = HTTPRequest(
            call.method,
            try endpoint.origin(call.hostPrefix),
            path: endpoint.path + call.path,
            query: CanonicalRequest.query(call.query.map { .init($0.name, $0.value) }),
            headers: call.headers,
            body: call.body,
            isLocal: endpoint.isLocal,
            responseLimit: call.responseLimit
        )
        request.headers["User-Agent"] = configuration.userAgent
        // Services see from it which requests are further attempts (botocore sends it, too).
        request.headers["amz-sdk-request"] = "attempt=\(attempt); max=\(configuration.retryPolicy.maximumAttempts)"
        if let trace = AWSTrace.header { request.headers["X-Amzn-Trace-Id"] = trace }
        guard let credentials else { return request }

        let signer = SigV4Signer(
            credentials: try await Self.credentials(credentials, by: deadline, for: service),
            region: endpoint.signingRegion,
            service: service.signingName,
            date: date,
            options: service == .s3 ? .s3 : .init()
        )
        let host = SigV4Request.Field("Host", request.origin.hostHeader)
        let signed = signer.sign(
            SigV4Request(
                method: request.method,
                path: request.path,
                query: call.query.map { .init($0.name, $0.value) },
                headers: [host] + request.headers.fields.map { .init($0.name, $0.value) },
                body: request.body
            )
        )
        for field in signed.headersToSet { request.headers[field.name] = field.value }
        return request
    }

    /// The credentials to sign with.
    ///
    /// Without a deadline they have none either: somebody may have to type a code.
    private static func credentials(
        _ provider: any CredentialsProvider,
        by deadline: ContinuousClock.Instant?,
        for service: AWSService
    ) async throws -> Credentials {
        guard let deadline else { return try await provider.credentials() }
        let late = AWSError(.timedOut, "\(service.id) was not asked: there were no credentials before the time was up")
        return try await withDeadline(deadline, orThrow: late) { try await provider.credentials() }
    }

    /// Waits until the limiters let another request through.
    private func waitForTurn(_ deadline: ContinuousClock.Instant?) async throws {
        var wait = configuration.limiter?.reserve() ?? .zero
        while true {
            if wait > .zero {
                if let deadline, .now + wait >= deadline { throw tooLate }
                try await configuration.sleep(wait)
            }
            wait = state.acquire()
            if wait == .zero { return try Task.checkCancellation() }
        }
    }

    private var tooLate: AWSError {
        AWSError(.timedOut, "\(service.id) was not asked: its turn would have come after the deadline")
    }
}
