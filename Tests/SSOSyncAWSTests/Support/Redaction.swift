// SPDX-License-Identifier: Apache-2.0

import Testing

private struct Enclosing<Value> {
    let value: Value
}

/// Every way in which Swift turns a value into text by itself, the value alone and inside of others.
func renderings(of value: some Sendable) -> [String] {
    let values: [Any] = [value, Optional(value) as Any, [value], ["key": value], Enclosing(value: value), (1, value)]
    return values.flatMap { value in
        var dumped = ""
        dump(value, to: &dumped)
        return [String(describing: value), String(reflecting: value), "\(value)", dumped]
    }
}

/// Expects that no rendering of a value holds one of the secrets.
func expectHidden(
    _ secrets: [String],
    in value: some Sendable,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for rendering in renderings(of: value) {
        for secret in secrets {
            #expect(!rendering.contains(secret), sourceLocation: sourceLocation)
        }
    }
}
