// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Asks people, once for all targets, to pin groups by their ids.
struct UnpinnedGroups {
    private let messages: [String]

    /// The groups of a run.
    init(_ report: SyncReport) {
        self.init(report.targets.flatMap { $0.plan?.content.findings ?? [] })
    }

    /// The groups of some targets.
    init(_ policies: [Policy], in directory: Directory) {
        self.init(policies.flatMap { $0.unpinnedGroups(in: directory) })
    }

    /// The groups that a configuration maps, on targets or by a hub's spokes.
    init(_ groups: [DirectoryRequest.Group], in directory: Directory) {
        self.init(groups.filter { $0.pinnedId == nil }.compactMap { directory.groups[$0.name] }.map(Finding.unpinned))
    }

    private init(_ findings: [Finding]) {
        var seen: Set<String> = []
        messages = findings.filter { $0.kind == .unpinnedGroup && seen.insert($0.message).inserted }.map(\.message)
    }

    /// A few lines; nil if all groups are pinned.
    ///
    /// - Parameter limit: How many groups to name at most.
    public func text(limit: Int = .max) -> String? {
        guard !messages.isEmpty else { return nil }
        let left = messages.count - limit
        let lines =
            ["Pin groups by id, or one that is created anew under the same name passes for the old one:"]
            + messages.prefix(limit).map { "  * \(Printable.escapedProse($0))" }
            + (left > 0 ? ["  * and \(left) more: sso-sync config check names them all"] : [])
        return lines.joined(separator: "\n")
    }
}
