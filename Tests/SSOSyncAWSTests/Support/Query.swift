// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import Testing

/// The decoded parameters of a query, in their order.
///
/// A plus sign stays one, as AWS reads it.
func parameters(ofQuery query: some StringProtocol) throws -> [SigV4Request.Field] {
    try query.split(separator: "&").map { part in
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return SigV4Request.Field(try percentDecoded(pair[0]), pair.count == 2 ? try percentDecoded(pair[1]) : "")
    }
}

/// Undoes percent-encoding; FoundationEssentials cannot.
private func percentDecoded(_ text: some StringProtocol) throws -> String {
    var rest = Array(text.utf8)[...]
    var decoded: [UInt8] = []
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            decoded.append(byte)
            continue
        }
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        decoded.append(try #require(UInt8(digits, radix: 16), "\(text) is not percent-encoded"))
        rest = rest.dropFirst(2)
    }
    return try #require(String(validating: decoded, as: UTF8.self), "\(text) is not UTF-8")
}
