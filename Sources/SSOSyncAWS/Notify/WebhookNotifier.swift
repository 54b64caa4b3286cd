// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
public import SSOSyncCore
internal import SSOSyncDigest

/// Sends what there is to say about a run to a webhook: JSON with a `text` for Slack and those who take the same, signed if
/// there is a secret.
public struct WebhookNotifier: Notifier, CustomStringConvertible, CustomReflectable {
    /// Where it is sent, and how.
    ///
    /// Addresses of webhooks hold secrets often, so that only the server's name is printed.
    public struct Endpoint: Sendable, CustomStringConvertible, CustomReflectable {
        let address: HTTPAddress
        let path: String
        /// What the memory is kept under.
        let name: String

        /// Takes a URL apart.
        ///
        /// - Parameter url: An address with https; with http only on this machine itself.
        /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument``; it does not hold the URL.
        public init(_ url: String) throws(AWSError) {
            address = try HTTPAddress(url, named: "a webhook's url")
            guard address.origin.scheme == .https || address.origin.isLoopback else {
                throw AWSError(.invalidArgument, "a webhook's url has to begin with https://")
            }
            let endsInSlash = address.path.isEmpty || url.prefix { $0 != "?" }.hasSuffix("/")
            path = address.path + (endsInSlash ? "/" : "")
            name = "\(address.origin) \(SHA256.digest(url.utf8).hexadecimal.prefix(16))"
        }

        /// Whether the server has to prove who it is: not so on this machine, by http.
        package var isVerified: Bool { address.origin.scheme == .https }

        /// Connects to the server, sees that it is who it says where it has to, and sends nothing.
        package func connect(_ transport: CurlTransport, deadline: ContinuousClock.Instant) async throws {
            try await transport.connect(to: address.origin, isLocal: address.origin.isLoopback, deadline: deadline)
        }

        /// The server alone.
        public var description: String { "\(address.origin)" }
        /// Shows what ``description`` says.
        public var customMirror: Mirror { Mirror(self, children: ["server": description]) }
    }

    private let endpoint: Endpoint
    private let secret: (@Sendable () async throws -> Secret)?
    private let transport: any HTTPTransport
    private let delivery: NoticeDelivery
    private let retryPolicy: RetryPolicy
    var attemptTimeout = NotifierLimits.attempt
    var timeLimit = NotifierLimits.time
    var now: @Sendable () -> Timestamp = { .now }
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Somebody to tell.
    ///
    /// - Parameters:
    ///   - endpoint: Where it is sent.
    ///   - secret: What the receiver knows us by, asked for each time; nil to sign nothing.
    ///   - transport: What sends requests.
    ///   - settings: What is told.
    ///   - memory: Keeps what has been told.
    ///   - retryPolicy: How often, and how far apart, it is tried.
    public init(
        _ endpoint: Endpoint,
        secret: (@Sendable () async throws -> Secret)?,
        transport: any HTTPTransport,
        settings: NoticeSettings,
        memory: any TroubleMemoryStore = ProcessTroubleMemory(),
        retryPolicy: RetryPolicy = RetryPolicy()
    ) {
        self.endpoint = endpoint
        self.secret = secret
        self.transport = transport
        self.retryPolicy = retryPolicy
        delivery = NoticeDelivery(name: endpoint.name, settings: settings, memory: memory)
    }

    /// Sends what there is to say, if anything.
    ///
    /// - Throws: ``AWSError``, or what the secret's place or the memory throws.
    public func notify(_ report: SyncReport) async throws {
        try await delivery.deliver(report) { notice in
            let body = WebhookBody.bytes(notice)
            let deadline = ContinuousClock.now + timeLimit
            try await send(body, secret: try await secret(by: deadline), until: deadline)
        }
    }

    /// The server alone.
    public var description: String { "WebhookNotifier(\(endpoint))" }
    /// Shows what ``description`` says.
    public var customMirror: Mirror { Mirror(self, children: ["endpoint": endpoint]) }

    // MARK: Sending

    private func secret(by deadline: ContinuousClock.Instant) async throws -> Secret? {
        guard let secret else { return nil }
        let late = AWSError(.timedOut, "the webhook at \(endpoint) was not told: its secret did not come in time")
        return try await withDeadline(deadline, orThrow: late) { try await secret() }
    }

    private func send(_ body: [UInt8], secret: Secret?, until deadline: ContinuousClock.Instant) async throws {
        var generator = SystemRandomNumberGenerator()
        var attempt = 1
        while true {
            do {
                return try await send(request(body, secret: secret), by: min(deadline, .now + attemptTimeout))
            } catch let error as AWSError {
                guard attempt < retryPolicy.maximumAttempts, RetryReason(error) != nil,
                    let delay = retryPolicy.delay(
                        afterAttempt: attempt,
                        hint: error.response?.retryHint,
                        using: &generator
                    ), .now + delay < deadline
                else { throw error.about("the webhook at \(endpoint) was not told") }
                attempt += 1
                try await sleep(delay)
            }
        }
    }

    /// A request of its own for each attempt: a receiver takes no old signature.
    private func request(_ body: [UInt8], secret: Secret?) -> HTTPRequest {
        var headers = HTTPHeaders([.init("Content-Type", "application/json"), .init("User-Agent", "sso-sync")])
        if let secret {
            let seconds = now().secondsSince1970
            headers[WebhookSignature.header] = WebhookSignature.value(body, at: seconds, secret: secret)
        }
        return HTTPRequest(
            "POST",
            endpoint.address.origin,
            path: endpoint.path,
            query: endpoint.address.query,
            headers: headers,
            body: body,
            isLocal: endpoint.address.origin.isLoopback,
            responseLimit: 1 << 20
        )
    }

    private func send(_ request: HTTPRequest, by deadline: ContinuousClock.Instant) async throws {
        let response = try await transport.send(request, deadline: deadline)
        guard !response.isSuccess else { return }
        // What the receiver says itself may repeat the address, so it is left out.
        let facts = ServiceAnswer(response).facts
        let note = (300..<400).contains(response.status) ? ": redirects are not followed" : ""
        throw AWSError(
            AWSError.Code(facts),
            "it answered with the status \(response.status)\(note)",
            mayHaveBeenSent: true,
            response: facts
        )
    }
}
