// SPDX-License-Identifier: Apache-2.0

/// A request, as it is sent.
///
/// Headers, query and body may hold secrets, so only the method and the address without its query are printed.
public struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The method, in capitals.
    public var method: String

    /// Who is asked.
    public var origin: HTTPOrigin

    /// The path, percent-encoded, from the first slash on; it is sent exactly so, dot segments included.
    public var path: String

    /// The query, percent-encoded, without the question mark; empty for none.
    public var query: String

    /// The headers, but for those that a transport sets itself: `Host`, `Content-Length`, and what concerns the
    /// connection.
    public var headers: HTTPHeaders

    /// The body; empty for none.
    public var body: [UInt8]

    /// Whether the server belongs to the machine's own environment: the metadata service, a container's credentials,
    /// Lambda's runtime, or this machine itself.
    ///
    /// Such a server may be spoken to in clear, and is never asked through a proxy.
    public var isLocal: Bool

    /// The most bytes of a response's body that are taken; a longer one is an error.
    public var responseLimit: Int

    /// Whether the server is only connected to and verified, and nothing is sent.
    var connectsOnly = false

    /// Puts a request together.
    ///
    /// - Parameters:
    ///   - method: The method, in capitals.
    ///   - origin: Who is asked.
    ///   - path: The path, percent-encoded.
    ///   - query: The query, percent-encoded.
    ///   - headers: The headers.
    ///   - body: The body.
    ///   - isLocal: Whether the server belongs to the machine's own environment.
    ///   - responseLimit: The most bytes of a response's body; 16 MiB by default.
    public init(
        _ method: String,
        _ origin: HTTPOrigin,
        path: String = "/",
        query: String = "",
        headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = [],
        isLocal: Bool = false,
        responseLimit: Int = 16 << 20
    ) {
        self.method = method
        self.origin = origin
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.isLocal = isLocal
        self.responseLimit = responseLimit
    }

    /// The method and the address without its query.
    public var description: String { "\(method) \(origin)\(path)" }

    /// Shows what ``description`` says.
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

extension HTTPRequest {
    /// The whole address.
    var url: String { query.isEmpty ? "\(origin)\(path)" : "\(origin)\(path)?\(query)" }

    /// Sees that the request says what it seems to say: no part of it can end early or begin another header.
    ///
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument``.
    func check() throws(AWSError) {
        guard !method.isEmpty, method.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else {
            throw AWSError(.invalidArgument, "a request to \(origin) has a method that is not a word in capitals")
        }
        guard path.utf8.first == UInt8(ascii: "/"), Self.isEncoded(path, refusing: "?#") else {
            throw AWSError(.invalidArgument, "a request to \(origin) has a path that is not percent-encoded")
        }
        guard Self.isEncoded(query, refusing: "#") else {
            throw AWSError(.invalidArgument, "a request to \(origin) has a query that is not percent-encoded")
        }
        for field in headers.fields where !Self.isHeader(field) {
            throw AWSError(.invalidArgument, "a request to \(origin) has a header that cannot be sent")
        }
        guard origin.scheme == .https || isLocal else {
            throw AWSError(.invalidArgument, "\(origin) is not asked in clear: use https")
        }
    }

    private static func isEncoded(_ text: String, refusing delimiters: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !delimiters.utf8.contains($0) }
    }

    /// RFC 9110, 5.1 and 5.5: <https://www.rfc-editor.org/rfc/rfc9110#section-5.5>.
    private static func isHeader(_ field: HTTPHeaders.Field) -> Bool {
        !field.name.isEmpty
            && field.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
            && field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
