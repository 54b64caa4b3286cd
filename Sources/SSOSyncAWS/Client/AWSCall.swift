// SPDX-License-Identifier: Apache-2.0

/// One call to a service: what is signed and sent.
public struct AWSCall: Sendable {
    /// The operation's name, for errors.
    public var operation: String
    /// The method, in capitals.
    public var method: String
    /// What stands before the endpoint's host name, with the dot: the bucket, where S3 is called by it.
    public var hostPrefix: String
    /// The path, percent-encoded.
    public var path: String
    /// The query's parameters, not percent-encoded.
    public var query: [(name: String, value: String)]
    /// The headers, but for those that signing and the transport set.
    public var headers: HTTPHeaders
    /// The body.
    public var body: [UInt8]
    /// Whether it may be carried out twice.
    ///
    /// If not, it is not tried again once the service may have heard of it.
    public var isIdempotent: Bool
    /// The most bytes of an answer that are taken.
    public var responseLimit: Int

    /// Puts a call together.
    ///
    /// - Parameters:
    ///   - operation: The operation's name, for errors.
    ///   - method: The method, in capitals.
    ///   - hostPrefix: What stands before the endpoint's host name, with the dot; nothing by default.
    ///   - path: The path, percent-encoded.
    ///   - query: The query's parameters, not percent-encoded.
    ///   - headers: The headers.
    ///   - body: The body.
    ///   - isIdempotent: Whether it may be carried out twice.
    ///   - responseLimit: The most bytes of an answer; 16 MiB by default.
    public init(
        _ operation: String,
        method: String = "POST",
        hostPrefix: String = "",
        path: String = "/",
        query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = [],
        isIdempotent: Bool = true,
        responseLimit: Int = 16 << 20
    ) {
        self.operation = operation
        self.method = method
        self.hostPrefix = hostPrefix
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.isIdempotent = isIdempotent
        self.responseLimit = responseLimit
    }
}
