// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a reading of the directory says about its health.
struct DirectoryCheck {
    private let directory: Directory
    private let policies: [Policy]

    init(_ directory: Directory, _ policies: [Policy]) {
        self.directory = directory
        self.policies = policies
    }

    var checks: [HealthCheck] { [reading, pins, members].compactMap(\.self) }

    private var reading: HealthCheck {
        let found =
            "\(directory.id) was read whole: \(directory.people.count) people in \(directory.groups.count) groups"
        return HealthCheck("reading", .good, found)
    }

    private var pins: HealthCheck {
        guard let text = UnpinnedGroups(policies, in: directory).text() else {
            return HealthCheck("pins", .good, "every group is pinned by its id")
        }
        let lines = text.split(separator: "\n").map(String.init)
        let remedy = lines.dropFirst().map { line in String(line.drop { " *".contains($0) }) }
        return HealthCheck("pins", .warning, lines[0].filter { $0 != ":" }, remedy: remedy)
    }

    /// An empty group is a mistake in the mapping more often than not.
    private var members: HealthCheck? {
        let empty = directory.groups.values.filter { $0.members.isEmpty }.map { $0.name.rawValue }.sorted()
        guard !empty.isEmpty else { return nil }
        return HealthCheck("members", .warning, "nobody is in \(empty.joined(separator: ", "))")
    }
}
