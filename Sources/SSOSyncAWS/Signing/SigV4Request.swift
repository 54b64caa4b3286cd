// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

/// A request, as far as its signature depends on it.
public struct SigV4Request: Sendable {
    /// A header or a query parameter; both may come more than once.
    public struct Field: Hashable, Sendable {
        /// The name; a header's in any case.
        public var name: String
        /// The value, as it is meant: not percent-encoded.
        public var value: String

        /// Puts a field together.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP method, in capitals.
    public var method: String

    /// The path as it stands in the request line: percent-encoded, without the query; empty means `/`.
    public var path: String

    /// The query's parameters, in any order, not percent-encoded.
    public var query: [Field]

    /// The headers that are sent.
    ///
    /// One of them has to be `Host`: AWS refuses a signature that leaves it out.
    public var headers: [Field]

    /// The SHA-256 digest of the body in lower-case hexadecimal.
    public var bodyHash: String

    /// The body hash of a request without a body.
    public static let emptyBodyHash = SHA256.digest([]).hexadecimal

    /// Describes a request whose body is hashed already, or not to be signed.
    ///
    /// - Parameters:
    ///   - method: The HTTP method, in capitals.
    ///   - path: The path as it stands in the request line.
    ///   - query: The query's parameters, not percent-encoded.
    ///   - headers: The headers that are sent, `Host` among them.
    ///   - bodyHash: The SHA-256 digest of the body in lower-case hexadecimal.
    ///     `UNSIGNED-PAYLOAD` for what S3 is to take with any body: presigned addresses, that is.
    public init(
        method: String,
        path: String = "/",
        query: [Field] = [],
        headers: [Field],
        bodyHash: String = SigV4Request.emptyBodyHash
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.bodyHash = bodyHash
    }

    /// Describes a request by its body.
    ///
    /// - Parameters:
    ///   - method: The HTTP method, in capitals.
    ///   - path: The path as it stands in the request line.
    ///   - query: The query's parameters, not percent-encoded.
    ///   - headers: The headers that are sent, `Host` among them.
    ///   - body: The body, whose hash is signed.
    public init(
        method: String,
        path: String = "/",
        query: [Field] = [],
        headers: [Field],
        body: [UInt8]
    ) {
        let hash = SHA256.hexadecimalDigest(body)
        self.init(method: method, path: path, query: query, headers: headers, bodyHash: hash)
    }
}
