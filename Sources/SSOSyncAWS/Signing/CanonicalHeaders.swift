// SPDX-License-Identifier: Apache-2.0

/// The headers that are signed: one for each name, in lower case and sorted; repeated values stay in the order they are sent in.
///
/// Names stand in one piece of memory and are sorted by where they are, so that nothing is counted or copied for each of them.
struct CanonicalHeaders {
    private struct Entry {
        /// Where the name is in ``names``.
        let name: Range<Int>
        /// Which field it is, of those that were added and then of the request's.
        let field: Int
    }

    private let added: [SigV4Request.Field]
    private let headers: [SigV4Request.Field]
    private var names: [UInt8] = []
    private var entries: [Entry] = []

    /// - Parameters:
    ///   - headers: The request's.
    ///   - added: Those that replace any of the same name.
    init(_ headers: [SigV4Request.Field], replacedBy added: [SigV4Request.Field] = []) {
        (self.added, self.headers) = (added, headers)
        names.reserveCapacity(256)
        entries.reserveCapacity(added.count + headers.count)
        for index in 0..<(added.count + headers.count) {
            let start = names.count
            names.append(lowercased: field(index).name)
            let name = start..<names.count
            guard index < added.count || !isUnsigned(name) && !isAnyName(name, ofFirst: added.count) else { continue }
            insert(Entry(name: name, field: index))
        }
    }

    private func field(_ index: Int) -> SigV4Request.Field {
        index < added.count ? added[index] : headers[index - added.count]
    }

    /// Appends a line for each name.
    func append(to bytes: inout [UInt8]) {
        var last: Range<Int>?
        for entry in entries {
            if let last, areEqual(last, entry.name) {
                bytes[bytes.count - 1] = UInt8(ascii: ",")
            } else {
                bytes.append(contentsOf: names[entry.name])
                bytes.append(UInt8(ascii: ":"))
            }
            bytes.append(trimmed: field(entry.field).value)
            bytes.append(UInt8(ascii: "\n"))
            last = entry.name
        }
    }

    /// Appends the names, separated by semicolons.
    func appendNames(to bytes: inout [UInt8]) {
        var last: Range<Int>?
        for entry in entries {
            if let last {
                guard !areEqual(last, entry.name) else { continue }
                bytes.append(UInt8(ascii: ";"))
            }
            bytes.append(contentsOf: names[entry.name])
            last = entry.name
        }
    }

    /// Headers that intermediaries or the HTTP client may change on the way, or that hold the signature.
    ///
    /// AWS's own signers skip them, too
    /// (<https://github.com/awslabs/aws-c-auth/blob/main/source/aws_signing.c>).
    private static let unsigned = [
        "authorization", "connection", "expect", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ].map { Array($0.utf8) }

    private func isUnsigned(_ name: Range<Int>) -> Bool {
        Self.unsigned.contains { $0.count == name.count && names[name].elementsEqual($0) }
    }

    private func isAnyName(_ name: Range<Int>, ofFirst count: Int) -> Bool {
        entries.contains { $0.field < count && areEqual($0.name, name) }
    }

    /// Puts an entry to its place, behind those of the same name; there are few.
    private mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var index = entries.count - 1
        while index > 0, precedes(entries[index].name, entries[index - 1].name) {
            entries.swapAt(index, index - 1)
            index -= 1
        }
    }

    private func areEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.count == right.count && !precedes(left, right) && !precedes(right, left)
    }

    private func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        names.span.extracting(left).precedes(names.span.extracting(right))
    }
}

extension [UInt8] {
    /// Appends a header's name, whose letters are ASCII's (RFC 9110, 5.1).
    fileprivate mutating func append(lowercased name: String) {
        let start = count
        append(text: name)
        for index in start..<count where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self[index]) {
            self[index] |= 0x20
        }
    }

    /// Appends a header's value without white space at its ends and with a single space for any other, a folded line's
    /// break included.
    fileprivate mutating func append(trimmed value: String) {
        let start = count
        append(text: value)
        guard span.extracting(start...).needsTrimming else { return }
        let words = self[start...].split(whereSeparator: Span.isSpace)
        replaceSubrange(start..., with: Array(words.joined(separator: [UInt8(ascii: " ")])))
    }
}

extension Span<UInt8> {
    /// Whether there is more white space than single spaces between words; there hardly ever is.
    fileprivate var needsTrimming: Bool {
        // Looked at without a way out, many bytes are compared at once; and most values have no space at all.
        let smallest = unsafe withUnsafeBufferPointer { bytes in unsafe bytes.reduce(.max, min) }
        guard smallest <= UInt8(ascii: " ") else { return false }
        var wasSpace = true
        for index in indices {
            let isSpace = Self.isSpace(self[index])
            if isSpace, wasSpace || self[index] != UInt8(ascii: " ") { return true }
            wasSpace = isSpace
        }
        return wasSpace
    }

    fileprivate static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
