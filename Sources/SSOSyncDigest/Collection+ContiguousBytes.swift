// SPDX-License-Identifier: Apache-2.0

extension Collection<UInt8> {
    /// Calls `body` with the bytes in one piece; copies them only if they are not stored that way.
    func withContiguousBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let result = withContiguousStorageIfAvailable { unsafe body($0.span) }
        return result ?? body(Array(self).span)
    }
}
