// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest

/// A request, as far as its signature depends on it.
package struct SigV4Request: Sendable {
    /// A header or a query parameter; both may come more than once.
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP method, in capitals.
    package var method: String

    /// The path as it stands in the request line: percent-encoded, without the query; empty means `/`.
    package var path: String

    /// The query's parameters, in any order, not percent-encoded.
    package var query: [Field]

    /// The headers that are sent.
    ///
    /// One of them has to be `Host`: AWS refuses a signature that leaves it out.
    package var headers: [Field]

    /// The SHA-256 digest of the body in lower-case hexadecimal.
    package var bodyHash: String

    /// The body hash of a request without a body.
    package static let emptyBodyHash = SHA256.digest([]).hexadecimal

    package init(
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
}
