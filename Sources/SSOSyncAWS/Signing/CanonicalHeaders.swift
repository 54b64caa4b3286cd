// SPDX-License-Identifier: Apache-2.0

/// The headers that are signed: one for each name, in lower case and sorted; repeated values stay in the order they are sent in.
struct CanonicalHeaders {
    private var fields: [SigV4Request.Field] = []

    /// - Parameters:
    ///   - headers: The request's.
    ///   - added: Those that replace any of the same name.
    init(_ headers: [SigV4Request.Field], replacedBy added: [SigV4Request.Field] = []) {
        fields.reserveCapacity(headers.count + added.count)
        for header in added { insert(header.name.lowercased(), header.value) }
        let names = added.isEmpty ? [] : fields.map(\.name)
        for header in headers {
            let name = header.name.lowercased()
            guard !Self.unsigned.contains(name), !names.contains(name) else { continue }
            insert(name, header.value)
        }
    }

    /// Appends a line for each header.
    func append(to bytes: inout [UInt8]) {
        for field in fields {
            bytes += field.name.utf8
            bytes.append(UInt8(ascii: ":"))
            bytes.append(line: field.value)
        }
    }

    /// Appends the names, separated by semicolons.
    func appendNames(to bytes: inout [UInt8]) {
        var isFirst = true
        for field in fields {
            if !isFirst { bytes.append(UInt8(ascii: ";")) }
            bytes += field.name.utf8
            isFirst = false
        }
    }

    /// Headers that intermediaries or the HTTP client may change on the way, or that hold the signature.
    ///
    /// AWS's own signers skip them, too
    /// (<https://github.com/awslabs/aws-c-auth/blob/main/source/aws_signing.c>).
    private static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// Puts a header to its place, or its value to those of the same name; there are few, and they hardly ever repeat.
    private mutating func insert(_ name: String, _ value: String) {
        var index = fields.count
        while index > 0, name.precedesByBytes(fields[index - 1].name) { index -= 1 }
        if index > 0, fields[index - 1].name == name {
            fields[index - 1].value += ",\(Self.trimmed(value))"
        } else {
            fields.insert(SigV4Request.Field(name, Self.trimmed(value)), at: index)
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
        let smallest = unsafe bytes.withUnsafeBufferPointer { bytes in unsafe bytes.reduce(.max, min) }
        guard smallest <= UInt8(ascii: " ") else { return false }
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
