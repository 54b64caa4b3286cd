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

    /// The names of the signed headers, separated by semicolons.
    let signedHeaders: String

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
        let headers = Self.groupedHeaders(request.headers, replacedBy: added)
        self.query = Self.query(query)
        signedHeaders = Self.names(headers)

        var bytes: [UInt8] = []
        // Room for what is usual, a session token among it.
        bytes.reserveCapacity(2_048)
        bytes.append(line: request.method)
        bytes.append(line: Self.path(request.path, options: options))
        bytes.append(line: self.query)
        for header in headers {
            bytes += header.name.utf8
            bytes.append(UInt8(ascii: ":"))
            bytes.append(line: header.value)
        }
        bytes.append(line: "")
        bytes.append(line: signedHeaders)
        bytes += request.bodyHash.utf8
        self.bytes = bytes
    }

    /// The names of the headers that are signed, separated by semicolons.
    static func signedHeaders(of headers: [SigV4Request.Field]) -> String {
        names(groupedHeaders(headers, replacedBy: []))
    }

    private static func names(_ headers: [SigV4Request.Field]) -> String {
        var names: [UInt8] = []
        names.reserveCapacity(128)
        for header in headers {
            if !names.isEmpty { names.append(UInt8(ascii: ";")) }
            names += header.name.utf8
        }
        return String(decoding: names, as: UTF8.self)
    }

    /// Percent-encodes parameters and sorts them by name, then by value.
    static func query(_ parameters: [SigV4Request.Field]) -> String {
        guard !parameters.isEmpty else { return "" }
        // Sorted after encoding, and not as "name=value": '=' sorts after '-', so `a-b` would come before `a`.
        let encoded =
            parameters
            .map { (name: PercentEncoding.bytes(of: $0.name), value: PercentEncoding.bytes(of: $0.value)) }
            .sorted { left, right in
                left.name == right.name
                    ? left.value.lexicographicallyPrecedes(right.value)
                    : left.name.lexicographicallyPrecedes(right.name)
            }
        var query: [UInt8] = []
        query.reserveCapacity(1_024)
        for parameter in encoded {
            if !query.isEmpty { query.append(UInt8(ascii: "&")) }
            query += parameter.name
            query.append(UInt8(ascii: "="))
            query += parameter.value
        }
        return String(decoding: query, as: UTF8.self)
    }

    static func path(_ path: String, options: SigV4Signer.Options) -> String {
        guard path != "/", !path.isEmpty else { return "/" }
        let normalized = options.normalizesPath ? PathNormalization.normalize(path) : path
        return options.doubleEncodesPath ? PercentEncoding.encode(normalized, keepingSlashes: true) : normalized
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8.span, right.utf8.span)
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index]
        }
        return left.count < right.count
    }
}

extension [UInt8] {
    fileprivate mutating func append(line: String) {
        self += line.utf8
        append(UInt8(ascii: "\n"))
    }
}

extension CanonicalRequest {
    /// Headers that intermediaries or the HTTP client may change on the way, or that hold the signature.
    ///
    /// AWS's own signers skip them, too
    /// (<https://github.com/awslabs/aws-c-auth/blob/main/source/aws_signing.c>).
    private static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// One entry for each header name, in lower case and sorted; repeated values stay in the order they are sent in.
    private static func groupedHeaders(
        _ headers: [SigV4Request.Field],
        replacedBy added: [SigV4Request.Field]
    ) -> [SigV4Request.Field] {
        var grouped: [SigV4Request.Field] = []
        grouped.reserveCapacity(headers.count + added.count)
        for header in added { insert(header.name.lowercased(), header.value, into: &grouped) }
        let replaced = grouped
        for header in headers {
            let name = header.name.lowercased()
            guard !unsigned.contains(name), !replaced.contains(where: { $0.name == name }) else { continue }
            insert(name, header.value, into: &grouped)
        }
        return grouped
    }

    /// Puts a header to its place, or its value to those of the same name; there are few, and they hardly ever repeat.
    private static func insert(_ name: String, _ value: String, into headers: inout [SigV4Request.Field]) {
        var index = headers.count
        while index > 0, precedes(name, headers[index - 1].name) { index -= 1 }
        if index > 0, headers[index - 1].name == name {
            headers[index - 1].value += ",\(trimmed(value))"
        } else {
            headers.insert(SigV4Request.Field(name, trimmed(value)), at: index)
        }
    }

    /// Drops white space at both ends and makes a single space of any other, a folded line's break included.
    private static func trimmed(_ value: String) -> String {
        guard needsTrimming(value) else { return value }
        return value.utf8
            .split(whereSeparator: isSpace)
            .map { String(decoding: $0, as: UTF8.self) }
            .joined(separator: " ")
    }

    /// Whether there is more white space than single spaces between words; there hardly ever is.
    private static func needsTrimming(_ value: String) -> Bool {
        let bytes = value.utf8.span
        // Looked at without a way out, many bytes are compared at once; and most values have no space at all.
        var hasSpace = false
        for index in bytes.indices where bytes[index] <= UInt8(ascii: " ") { hasSpace = true }
        guard hasSpace else { return false }
        var wasSpace = true
        for index in bytes.indices {
            let isSpace = isSpace(bytes[index])
            if isSpace, wasSpace || bytes[index] != UInt8(ascii: " ") { return true }
            wasSpace = isSpace
        }
        return wasSpace
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) }
}
