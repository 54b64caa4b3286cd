// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

extension SyncReport {
    /// Whether everything could be planned, so that the plans can be offered for approval: whoever approves half of them does
    /// not know of the rest.
    public var isFitForApproval: Bool { sourceFailure == nil && targets.allSatisfy { $0.failure == nil } }
}
