// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

/// Takes a secret out of texts that others wrote (the server, the C library), before they become part of an error.
package struct SecretScrubber: Sendable {
    /// Parts of a login token shorter than this say nothing (`Action=connect`).
    private static let shortestPart = 20

    private static let mask = Array("***".utf8)

    private let needles: [[UInt8]]

    /// Makes a scrubber.
    /// - Parameter secret: a password, or a login token: a query string, of which a server may quote one part only.
    package init(_ secret: Secret) {
        let whole = Array(secret.exposed.utf8)
        let parts = whole.split(separator: UInt8(ascii: "&")).map(Array.init).filter { $0.count >= Self.shortestPart }
        let values = parts.compactMap { part in
            part.firstIndex(of: UInt8(ascii: "=")).map { Array(part[($0 + 1)...]) }
        }
        // Longest first, so that what is left over of a longer match is never shown.
        needles = ([whole] + parts + values.filter { $0.count >= Self.shortestPart })
            .filter { !$0.isEmpty }
            .sorted { $0.count > $1.count }
    }

    /// The text with `***` in place of the secret, and spaces in place of control characters.
    package func scrub(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for needle in needles { bytes = Self.mask(needle, in: bytes) }
        // C0 controls and DEL: a server must not move the cursor of the terminal that shows its message.
        for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x7F {
            bytes[index] = UInt8(ascii: " ")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func mask(_ needle: [UInt8], in text: [UInt8]) -> [UInt8] {
        guard text.count >= needle.count else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] == needle[0], text[index...].starts(with: needle) {
                result.append(contentsOf: mask)
                index += needle.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}
