// SPDX-License-Identifier: Apache-2.0

/// The form of a request that both sides of a signature derive on their own
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
///
/// Everything here works on bytes: Swift splits text by grapheme and compares it by canonical equivalence, AWS does
/// not.
struct CanonicalRequest {
    /// The canonical request.
    let text: String

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
        signedHeaders = headers.map(\.name).joined(separator: ";")

        var text = ""
        // Room for what is usual, a session token among it.
        text.reserveCapacity(2_048)
        text += request.method
        text += "\n"
        text += Self.path(request.path, options: options)
        text += "\n"
        text += self.query
        text += "\n"
        for header in headers {
            text += header.name
            text += ":"
            text += header.value
            text += "\n"
        }
        text += "\n"
        text += signedHeaders
        text += "\n"
        text += request.bodyHash
        self.text = text
    }

    /// The names of the headers that are signed, separated by semicolons.
    static func signedHeaders(of headers: [SigV4Request.Field]) -> String {
        groupedHeaders(headers, replacedBy: []).map(\.name).joined(separator: ";")
    }

    /// Percent-encodes parameters and sorts them by name, then by value.
    static func query(_ parameters: [SigV4Request.Field]) -> String {
        guard !parameters.isEmpty else { return "" }
        // Sorted after encoding, and not as "name=value": '=' sorts after '-', so `a-b` would come before `a`.
        return
            parameters
            .map { SigV4Request.Field(PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0.name == $1.name ? precedes($0.value, $1.value) : precedes($0.name, $1.name) }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    static func path(_ path: String, options: SigV4Signer.Options) -> String {
        guard path != "/", !path.isEmpty else { return "/" }
        let normalized = options.normalizesPath ? PathNormalization.normalize(path) : path
        return options.doubleEncodesPath ? PercentEncoding.encode(normalized, keepingSlashes: true) : normalized
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
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
        let replacing = added.map { SigV4Request.Field($0.name.lowercased(), trimmed($0.value)) }
        var fields = headers.map { SigV4Request.Field($0.name.lowercased(), trimmed($0.value)) }
        fields.removeAll { field in replacing.contains { $0.name == field.name } || unsigned.contains(field.name) }
        fields += replacing
        // Stable, so that repeated values stay in their order.
        fields.sort { precedes($0.name, $1.name) }

        var grouped: [SigV4Request.Field] = []
        grouped.reserveCapacity(fields.count)
        for field in fields {
            if let last = grouped.indices.last, grouped[last].name == field.name {
                grouped[last].value += ",\(field.value)"
            } else {
                grouped.append(field)
            }
        }
        return grouped
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
        var wasSpace = true
        for byte in value.utf8 {
            let isSpace = isSpace(byte)
            if isSpace, wasSpace || byte != UInt8(ascii: " ") { return true }
            wasSpace = isSpace
        }
        return wasSpace && !value.isEmpty
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) }
}
