// SPDX-License-Identifier: Apache-2.0

extension Sequence<UInt8> {
    /// The bytes as lower-case hexadecimal digits, two for each byte.
    public var hexadecimal: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * underestimatedCount)
        for byte in self {
            digits.append(hexadecimalDigit(byte >> 4))
            digits.append(hexadecimalDigit(byte & 0x0F))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension [UInt8] {
    /// The bytes as lower-case hexadecimal digits, two for each byte.
    ///
    /// As for any sequence, and several times as fast: a generic function is not specialized across modules.
    public var hexadecimal: String { span.hexadecimal }
}

extension Span<UInt8> {
    var hexadecimal: String {
        unsafe String(unsafeUninitializedCapacity: 2 * count) { digits in
            for index in indices {
                unsafe digits[2 * index] = hexadecimalDigit(self[index] >> 4)
                unsafe digits[2 * index + 1] = hexadecimalDigit(self[index] & 0x0F)
            }
            return 2 * count
        }
    }
}

/// The ASCII code of a digit for a value below 16.
private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
