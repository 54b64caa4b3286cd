// SPDX-License-Identifier: Apache-2.0

/// Where a provisioner does not keep the contract.
public struct ConformanceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found.
    public let description: String

    /// Where a provisioner does not keep the contract.
    public init(_ description: String) { self.description = description }
}
