// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// A directory to which random things happen, what has become of everybody, and the events that tell of it.
struct FleetStreamDirectory {
    /// Somebody, whose id nobody else has or gets.
    struct Someone {
        let number: Int
        fileprivate(set) var name: AccountName
        fileprivate var isEnabled = true
        fileprivate var isDeleted = false
        fileprivate var groups: Set<String> = []
        /// Whether access was due, from when on.
        fileprivate var history: [(from: Timestamp, isIn: Bool)] = []

        var user: UserId { UserId(AWSStandIn.id(number)) }
        /// Whether access is due.
        var isIn: Bool { isEnabled && !groups.isEmpty }
        /// The roles that are due.
        var roles: Set<String> { isIn ? Set(groups.compactMap { FleetStreamDirectory.groups[$0] }) : [] }

        fileprivate init(_ number: Int, _ name: AccountName) { (self.number, self.name) = (number, name) }

        /// Whether access was due at that time.
        func wasIn(at time: Timestamp) -> Bool { history.last { $0.from <= time }?.isIn ?? false }
    }

    /// What happens to people, by the titles of the decoder's samples that may tell of it.
    private struct News {
        /// With the person's id.
        let named: [String]
        /// Without it.
        let masked: [String]

        init(_ named: [String], masked: [String]) { (self.named, self.masked) = (named, masked) }

        static let join = News(
            [
                "console: a member is added", "console: a member is added, ids of an older store",
                "API: a membership is created", "notification: a membership with all ids",
            ],
            masked: [
                "console: a member whose id is hidden", "console: a member and a group whose ids are hidden",
                "SCIM: members of a group change, and their ids are hidden",
                "notification: a membership with its own id alone",
            ]
        )
        static let leave = News(
            [
                "console: a member is removed, at the top level", "console: a member is removed, nested",
                "notification: a membership with ids in the detail",
            ],
            masked: [
                "API: a membership is deleted, of which only its own id is told",
                "SCIM: members of a group change, and their ids are hidden",
            ]
        )
        static let creation = person("a user is created", "a user is created", "a user is created", "User Created")
        static let update = person("UpdateUser", "a user is updated, by ARNs", "PutUser", "User Updated")
        static let disabling = person("DisableUser", "a user is updated, by ARNs", "PatchUser", "User Updated")
        static let enabling = person("EnableUser", "a user is updated, by ARNs", "PatchUser", "User Updated")
        static let deletion = person("DeleteUser", "a user is deleted", "DeleteUser", "User Deleted")

        private static func person(_ console: String, _ api: String, _ scim: String, _ notification: String) -> News {
            News(
                ["console: \(console)", "API: \(api)", "SCIM: \(scim)", "notification: \(notification)"],
                masked: ["SCIM: a user whose id is hidden", "notification: a user of whom nothing is told"]
            )
        }
    }

    private static let groups = [FleetStory.readers: "readers", FleetStory.writers: "writers"]
    /// Somebody to whom nothing happens: a group that nobody is in any more would have the brake hold removals back.
    private static let resting = 20

    /// Everybody who is or was there.
    private(set) var people = Dictionary(
        uniqueKeysWithValues: (1...8).map { ($0, Someone($0, AccountName("person\($0)"))) }
    )
    private let aws: AWSStandIn.World
    private var random: SplitMix64
    private var events: [String] = []
    /// Names that somebody has had, and that nobody has.
    private var freeNames: [AccountName] = []
    /// How many were made, and renamed.
    private var count = 100

    init(_ aws: AWSStandIn.World, seed: UInt64) async throws {
        (self.aws, random) = (aws, SplitMix64(seed: seed))
        for group in Self.groups.keys { try await aws.join(Self.resting, group) }
    }

    /// The events of all that has happened since the last time.
    mutating func takeEvents() -> [String] {
        defer { events = [] }
        return events
    }

    // MARK: What happens

    /// Something happens to somebody.
    mutating func change() async throws {
        let present = people.values.filter { !$0.isDeleted }.map { $0.number }.sorted()
        guard let number = present.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: try await replace(number)
        case 1, 2: try await rename(number)
        case 3, 4: try await disableOrEnable(number)
        default: try await move(number)
        }
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    /// Takes a person out of all groups, or puts one into one, or takes one out of one of two.
    private mutating func move(_ number: Int) async throws {
        let theirs = people[number]?.groups.sorted() ?? []
        let one = Bool.random(using: &random) ? FleetStory.readers : FleetStory.writers
        for group in theirs.isEmpty || chance(4) ? [one] : theirs {
            if people[number]?.groups.remove(group) != nil {
                try await aws.leave(number, group)
                try tell(.leave, number, group)
            } else {
                try await aws.join(number, group)
                people[number]?.groups.insert(group)
                try tell(.join, number, group)
            }
        }
    }

    private mutating func disableOrEnable(_ number: Int) async throws {
        let isEnabled = people[number]?.isEnabled == false
        try await aws.update(number, "userStatus", isEnabled ? "ENABLED" : "DISABLED")
        people[number]?.isEnabled = isEnabled
        try tell(isEnabled ? .enabling : .disabling, number)
    }

    /// Gives a person a name that nobody has had, or that somebody has had before.
    private mutating func rename(_ number: Int) async throws {
        guard let before = people[number]?.name else { return }
        count += 1
        let free = chance(2) ? freeNames.indices.randomElement(using: &random) : nil
        let name = free.map { freeNames.remove(at: $0) } ?? AccountName("person\(count)")
        freeNames.append(before)
        try await aws.update(number, "userName", name.rawValue)
        people[number]?.name = name
        try tell(.update, number)
    }

    /// Deletes a person, and makes another one under the same name, who is in a group or in none.
    private mutating func replace(_ number: Int) async throws {
        guard let name = people[number]?.name else { return }
        try await aws.delete(number)
        people[number]?.groups = []
        people[number]?.isDeleted = true
        try tell(.deletion, number)
        count += 1
        var user = AWSStandIn.User(count)
        user.UserName = name.rawValue
        try await aws.load(users: [user])
        people[count] = Someone(count, name)
        try tell(.creation, count)
        if Bool.random(using: &random) { try await move(count) }
    }

    private mutating func tell(_ news: News, _ number: Int, _ group: String = FleetStory.readers) throws {
        guard let isIn = people[number]?.isIn else { return }
        people[number]?.history.append((from: Timestamp.now, isIn: isIn))
        let titles = chance(8) ? news.masked : news.named
        guard let title = titles.randomElement(using: &random) else { return }
        events.append(try EventBridgeEvent(sample: title, number, group, in: aws).message)
    }
}
