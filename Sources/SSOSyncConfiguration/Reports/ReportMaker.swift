// SPDX-License-Identifier: Apache-2.0

/// Who has made a report, since not everybody's tells the same: a hub's alone of what it has read, a spoke's of what the hub has
/// sent it.
public enum ReportMaker: String, Encodable, Sendable {
    /// A function, by its role.
    case single, hub, spoke, control
    /// `sso-sync serve`.
    case serve
    /// A person at a terminal, or what stands for one: `apply`, `adopt`, `release`.
    case command
}
