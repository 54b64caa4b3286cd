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
            guard let start = digits.baseAddress else { return 0 }
            unsafe writeHexadecimal(to: start)
            return 2 * count
        }
    }

    /// Writes two digits for each byte.
    func writeHexadecimal(to digits: UnsafeMutablePointer<UInt8>) {
        unsafe withUnsafeBufferPointer { bytes in
            for index in bytes.indices {
                let byte = unsafe bytes[index]
                unsafe digits[2 * index] = hexadecimalDigit(byte >> 4)
                unsafe digits[2 * index + 1] = hexadecimalDigit(byte & 0x0F)
            }
        }
    }
}

/// The ASCII code of a digit for a value below 16.
private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
