// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// A login to IAM Identity Center, which is renewed as long as its session lasts.
struct SSOLogin: Sendable {
    private struct Answer: Decodable {
        let accessToken: String
        /// In seconds.
        let expiresIn: Int
        let refreshToken: String?
    }

    private let cache: SSOTokenCache
    private let client: AWSClient

    /// As AWS's SDKs do, a token is renewed that has no more than this left
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>).
    private static let early = 900.0

    init(
        _ cache: SSOTokenCache,
        region: String,
        transport: any HTTPTransport,
        endpoints: EndpointResolver
    ) throws(AWSError) {
        self.cache = cache
        client = try AWSClient(.ssoOIDC, region: region, credentials: nil, transport: transport, endpoints: endpoints)
    }

    /// The login is over.
    var expired: AWSError { cache.expired }

    /// The token; a new one, if the one that is there is about to end and can be renewed.
    ///
    /// - Throws: ``AWSError`` that says how to log in.
    func token(now: Date) async throws -> String {
        let token = try cache.token()
        guard token.end.timeIntervalSince(now) <= Self.early else { return token.value }
        do {
            if let new = try await renew(token, now: now) { return new }
        } catch let error as AWSError where error.response?.isRefusal == true || token.end > now {
            // What it is renewed with is good once, and somebody else may have been quicker; or the session was ended. What is
            // good for some minutes yet is good enough.
        }
        let last = try cache.token()
        guard last.end > now else { throw expired }
        return last.value
    }

    private func renew(_ token: SSOToken, now: Date) async throws -> String? {
        // If the new one cannot be kept, the old one is left to those who can.
        guard cache.isWritable, let renewal = token.renewal(now: now) else { return nil }
        let operation = "CreateToken"
        let call = AWSCall(
            operation,
            path: "/token",
            headers: HTTPHeaders([.init("Content-Type", "application/json")]),
            body: Array(try JSONEncoder().encode(renewal)),
            isIdempotent: false
        )
        let answer = try client.decode(Answer.self, from: try await client.send(call), operation)
        let end = now.addingTimeInterval(Double(answer.expiresIn))
        let new = token.renewed(answer.accessToken, until: end, refreshToken: answer.refreshToken)
        // Whoever has logged in meanwhile has a better one.
        guard try cache.token().isSame(as: token) else { return new.value }
        try cache.keep(new)
        return new.value
    }
}

extension AWSError.Response {
    /// Whether the service has understood, and said no.
    fileprivate var isRefusal: Bool { (400..<500).contains(status) && status != 429 }
}
