// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport

extension SplitMix64 {
    /// Random bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// Random text of visible ASCII characters and some that need more than one byte.
    mutating func text(_ count: Int) -> String {
        let alphabet = Array("abcXYZ019-._~ !\"#$%&'()*+,/:;<=>?@[]^`{|}äß€😀")
        return String((0..<count).map { _ in alphabet.randomElement(using: &self) ?? "?" })
    }
}
