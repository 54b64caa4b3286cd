// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a reading of the directory says about its health.
struct DirectoryCheck {
    private let directory: Directory
    private let policies: [Policy]
    /// For how long a snapshot is good, in seconds; nil if it is none.
    private let maximumAge: Int64?
    private let now: Timestamp

    init(_ directory: Directory, _ policies: [Policy], maximumAge: Int64? = nil, now: Timestamp = .now) {
        self.directory = directory
        self.policies = policies
        self.maximumAge = maximumAge
        self.now = now
    }

    var checks: [HealthCheck] { [reading, age, pins, members].compactMap(\.self) }

    private var reading: HealthCheck {
        let people = TargetRenderer.count(directory.people.count, "person", "people")
        let groups = TargetRenderer.count(directory.groups.count, "group", "groups")
        return HealthCheck("reading", .good, "\(directory.id) was read whole: \(people) in \(groups)")
    }

    /// How near a snapshot is to being too old: the last quarter leaves little time to see why no new one comes.
    private var age: HealthCheck? {
        guard let maximumAge else { return nil }
        let age = max(0, now.secondsSince1970 - directory.asOf.secondsSince1970)
        let found = "the snapshot is \(age / 60) min old, and good for \(maximumAge / 60) min"
        guard age * 4 > maximumAge * 3 else { return HealthCheck("age", .good, found) }
        let remedy = [
            "let sso-sync snapshot run every \(max(1, maximumAge / 180)) min, or set directory.snapshot.maxAge higher"
        ]
        return HealthCheck("age", .warning, found, remedy: remedy)
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
