// SPDX-License-Identifier: Apache-2.0

/// Puts a response together from the lines and pieces that libcurl hands over.
struct ResponseBuilder {
    /// The most bytes of the body.
    var limit = 0
    /// Whether more came than is taken.
    private(set) var isTooLarge = false

    private var status = 0
    private var headers = HTTPHeaders()
    private var headerSize = 0
    private var body: [UInt8] = []

    /// More than any AWS service sends.
    private static let headerLimit = 256 << 10

    /// The response; nil if none began.
    var finished: HTTPResponse? {
        status == 0 ? nil : HTTPResponse(status: status, headers: headers, body: body)
    }

    /// Takes one line of the header, its end included.
    /// - Returns: False if it is too much.
    mutating func addHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerSize += bytes.count
        guard headerSize <= Self.headerLimit else {
            isTooLarge = true
            return false
        }
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        // A status line begins a header anew: there may be one before, such as "100 Continue" or a proxy's.
        if line.utf8.starts(with: "HTTP/".utf8) {
            begin(line)
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[line.utf8.index(after: colon)...]
            headers.append(String(line[..<colon]), Self.trimmed(value))
        }
        return true
    }

    /// Takes a piece of the body.
    /// - Returns: False if it is too much.
    mutating func addBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    private mutating func begin(_ statusLine: String) {
        let words = statusLine.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
        let digits = words.count > 1 ? words[1].prefix { !(0x09...0x20).contains($0) } : ""[...].utf8
        status = Int(Substring(digits)) ?? 0
        headers = HTTPHeaders()
    }

    private static func trimmed(_ value: Substring) -> String {
        let isSpace: (UInt8) -> Bool = { (0x09...0x0D).contains($0) || $0 == 0x20 }
        let start = value.utf8.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(Substring(start[...last]))
    }
}
