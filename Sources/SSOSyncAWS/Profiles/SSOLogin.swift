// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Logging
internal import Synchronization

/// A login to IAM Identity Center, which is renewed as long as its session lasts.
final class SSOLogin: Sendable {
    private struct Answer: Decodable {
        let accessToken: String
        /// In seconds.
        let expiresIn: Int
        let refreshToken: String?
    }

    private let cache: SSOTokenCache
    private let client: AWSClient
    private let logger: Logger
    /// A token that could not be kept, and the one in whose place it came: as long as that is there, nobody has a better one.
    private let unkept = Mutex<(old: SSOToken, new: SSOToken)?>(nil)

    /// As AWS's SDKs do, a token is renewed that has no more than this left
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>).
    private static let early = 900.0

    init(
        _ cache: SSOTokenCache,
        region: String,
        transport: any HTTPTransport,
        endpoints: EndpointResolver,
        logger: Logger
    ) throws(AWSError) {
        self.cache = cache
        self.logger = logger
        client = try AWSClient(.ssoOIDC, region: region, credentials: nil, transport: transport, endpoints: endpoints)
    }

    /// The login is over.
    var expired: AWSError { cache.expired }

    /// The token; a new one, if the one that is there is about to end and can be renewed.
    ///
    /// - Throws: ``AWSError`` that says how to log in.
    func token(now: Date) async throws -> String {
        let token = try current()
        guard token.end.timeIntervalSince(now) <= Self.early else { return token.value }
        do {
            if let new = try await renew(token, now: now) { return new }
        } catch let error as AWSError where error.response?.isRefusal == true || token.end > now {
            // What it is renewed with is good once, and somebody else may have been quicker; or the session was ended. What is
            // good for some minutes yet is good enough.
        }
        let last = try current()
        guard last.end > now else { throw expired }
        return last.value
    }

    /// The token that there is.
    private func current() throws(AWSError) -> SSOToken {
        let kept = try cache.token()
        return unkept.withLock { $0.flatMap { $0.old.isSame(as: kept) ? $0.new : nil } } ?? kept
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
        guard try current().isSame(as: token) else { return new.value }
        let old = try cache.token()
        do {
            try cache.keep(new)
            unkept.withLock { $0 = nil }
        } catch {
            // The old one is worth nothing any more, to anybody.
            unkept.withLock { $0 = (old, new) }
            logger.warning(
                "the login was renewed and cannot be kept, so other processes have to log in again: \(error.message)"
            )
        }
        return new.value
    }
}

extension AWSError.Response {
    /// Whether the service has understood, and said no.
    fileprivate var isRefusal: Bool { (400..<500).contains(status) && status != 429 }
}
