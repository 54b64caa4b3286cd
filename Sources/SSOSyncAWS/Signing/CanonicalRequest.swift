// SPDX-License-Identifier: Apache-2.0

/// The form of a request that both sides of a signature derive on their own
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
///
/// Everything here works on bytes: Swift splits text by grapheme and compares it by canonical equivalence, AWS does
/// not.
struct CanonicalRequest {
    /// The canonical request.
    ///
    /// Bytes, since it is only ever digested: appending to text takes twice as long.
    let bytes: [UInt8]

    /// Its query, good to be sent as it is.
    let query: String

    /// Where in ``bytes`` the names of the signed headers are, separated by semicolons.
    let signedHeaders: Range<Int>

    /// Builds the canonical form.
    ///
    /// - Parameters:
    ///   - request: Method, path, headers and body hash are taken from it.
    ///   - added: Headers that replace the request's headers of the same name.
    ///   - query: The query's parameters, the request's own included.
    ///   - options: How the service wants the path.
    init(
        _ request: SigV4Request,
        adding added: [SigV4Request.Field],
        query: [SigV4Request.Field],
        options: SigV4Signer.Options
    ) {
        let headers = CanonicalHeaders(request.headers, replacedBy: added)
        self.query = Self.query(query)

        var bytes: [UInt8] = []
        // Room for what is usual, a session token among it.
        bytes.reserveCapacity(2_048)
        bytes.append(line: request.method)
        bytes.append(line: Self.path(request.path, options: options))
        bytes.append(line: self.query)
        headers.append(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        let start = bytes.count
        headers.appendNames(to: &bytes)
        signedHeaders = start..<bytes.count
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(text: request.bodyHash)
        self.bytes = bytes
    }

    /// Percent-encodes parameters and sorts them by name, then by value.
    static func query(_ parameters: [SigV4Request.Field]) -> String {
        guard !parameters.isEmpty else { return "" }
        // Sorted after encoding, and not as "name=value": '=' sorts after '-', so `a-b` would come before `a`.
        let encoded =
            parameters
            .map { SigV4Request.Field(PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { left, right in
                left.name == right.name
                    ? left.value.precedesByBytes(right.value) : left.name.precedesByBytes(right.name)
            }
        var query: [UInt8] = []
        query.reserveCapacity(1_024)
        for parameter in encoded {
            if !query.isEmpty { query.append(UInt8(ascii: "&")) }
            query.append(text: parameter.name)
            query.append(UInt8(ascii: "="))
            query.append(text: parameter.value)
        }
        return String(decoding: query, as: UTF8.self)
    }

    static func path(_ path: String, options: SigV4Signer.Options) -> String {
        guard path != "/", !path.isEmpty else { return "/" }
        let normalized = options.normalizesPath ? PathNormalization.normalize(path) : path
        return options.doubleEncodesPath ? PercentEncoding.encode(normalized, keepingSlashes: true) : normalized
    }
}

extension String {
    /// Whether it comes before other text, byte by byte; Swift's own order is that of characters.
    func precedesByBytes(_ other: String) -> Bool { utf8.span.precedes(other.utf8.span) }
}

extension Span<UInt8> {
    /// Whether these bytes come before others.
    func precedes(_ other: Span<UInt8>) -> Bool {
        for index in 0..<min(count, other.count) where self[index] != other[index] {
            return self[index] < other[index]
        }
        return count < other.count
    }
}

extension [UInt8] {
    /// Appends text, in one piece: a string's own bytes are appended one by one.
    mutating func append(text: String) {
        var text = text
        text.withUTF8 { unsafe append(contentsOf: $0) }
    }

    /// Appends text and the end of a line.
    mutating func append(line: String) {
        append(text: line)
        append(UInt8(ascii: "\n"))
    }
}
