// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// JSON of which there is one text for one value: sorted keys, no spaces, slashes as they are.
public enum CanonicalJSON {
    /// The one text of a value.
    ///
    /// - Parameter value: A value whose encoding cannot fail: strings, integers, booleans and containers of them.
    public static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("a value could not be encoded as JSON: \(error)")
        }
    }
}
