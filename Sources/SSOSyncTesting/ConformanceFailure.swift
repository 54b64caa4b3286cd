// SPDX-License-Identifier: Apache-2.0

/// Where a provisioner or a source does not keep the contract.
public struct ConformanceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found.
    public let description: String

    /// Where the contract is not kept.
    public init(_ description: String) { self.description = description }
}

func expect(_ condition: Bool, _ fact: String) throws(ConformanceFailure) {
    guard condition else { throw ConformanceFailure("expected that \(fact), and it is not so") }
}
