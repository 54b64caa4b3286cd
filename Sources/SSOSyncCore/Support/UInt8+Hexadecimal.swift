// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
    /// Whether it is the ASCII code of a hexadecimal digit, in either case.
    package var isHexadecimalDigit: Bool {
        isLowercaseHexadecimalDigit || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self)
    }

    /// Whether it is the ASCII code of a hexadecimal digit whose letters are small ones.
    package var isLowercaseHexadecimalDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
