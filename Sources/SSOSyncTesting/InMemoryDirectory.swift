// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import Synchronization

/// A directory in memory, whose people and groups can be changed between readings.
///
///     let directory = InMemoryDirectory(id: "d-1", now: start)
///     directory.update { world in
///         world.add(Person(id: "1", accountName: "alice"))
///         world.add(DirectoryGroup(id: "g", name: "Analytics", members: ["1"]))
///     }
public final class InMemoryDirectory: IdentitySource {
    /// All that there is to know and to change about the directory.
    public struct World: Sendable {
        /// The time on the directory's clock: when a reading begins.
        public var now: Timestamp
        /// The people, by id.
        public private(set) var people: [UserId: Person] = [:]
        /// The groups, by id; nothing keeps two of them from having one name.
        public private(set) var groups: [GroupId: DirectoryGroup] = [:]
        /// Why nothing can be read; nil if it can.
        public var failure: (any Error)?
        /// What was asked for, in order.
        public fileprivate(set) var requests: [DirectoryRequest] = []

        /// An empty directory.
        public init(now: Timestamp) { self.now = now }

        /// Adds a person, or changes the one with that id.
        public mutating func add(_ person: Person) { people[person.id] = person }

        /// Deletes a person, and takes them out of all groups.
        public mutating func remove(person id: UserId) {
            people[id] = nil
            for group in groups.values { remove(id, from: group.id) }
        }

        /// Adds a group, or changes the one with that id.
        public mutating func add(_ group: DirectoryGroup) { groups[group.id] = group }

        /// Deletes a group.
        public mutating func remove(group id: GroupId) { groups[id] = nil }

        /// Puts a person into a group.
        public mutating func add(_ person: UserId, to group: GroupId) {
            setMembers(of: group) { $0 + [person] }
        }

        /// Takes a person out of a group.
        public mutating func remove(_ person: UserId, from group: GroupId) {
            setMembers(of: group) { $0.filter { $0 != person } }
        }

        private mutating func setMembers(of id: GroupId, _ change: ([UserId]) -> [UserId]) {
            guard let group = groups[id] else { return }
            groups[id] = DirectoryGroup(id: group.id, name: group.name, members: change(group.members))
        }
    }

    private let id: DirectoryId
    private let storage: Mutex<World>

    /// A directory.
    ///
    /// - Parameters:
    ///   - id: Which directory it is.
    ///   - now: The time on its clock.
    ///   - people: Its people.
    ///   - groups: Its groups.
    public init(id: DirectoryId, now: Timestamp, people: [Person] = [], groups: [DirectoryGroup] = []) {
        self.id = id
        var world = World(now: now)
        for person in people { world.add(person) }
        for group in groups { world.add(group) }
        storage = Mutex(world)
    }

    /// Which directory it is.
    public var directoryId: DirectoryId? { id }

    /// A copy of all there is to know.
    public var world: World { storage.withLock { $0 } }

    /// Changes the directory.
    public func update<Result: Sendable>(_ body: (inout sending World) -> sending Result) -> Result {
        storage.withLock(body)
    }

    /// Reads groups, their members, and the people; all that was asked for, or an error.
    public func directory(_ request: DirectoryRequest) async throws -> Directory {
        try storage.withLock { world in
            world.requests.append(request)
            if let failure = world.failure { throw failure }
            return Directory(
                id: id,
                asOf: world.now,
                scope: request.scope,
                people: world.people.values.filter { request.scope.covers($0.id) },
                groups: try request.found { (wanted) throws(SyncError) in
                    let group = try world.group(wanted)
                    return DirectoryGroup(
                        id: group.id,
                        name: group.name,
                        members: group.members.filter(request.scope.covers)
                    )
                }
            )
        }
    }
}

extension InMemoryDirectory.World {
    fileprivate func group(_ wanted: DirectoryRequest.Group) throws(SyncError) -> DirectoryGroup {
        let found = groups.values.filter { $0.name == wanted.name }
        guard let group = found.first else { throw SyncError(.groupMissing, "group \(wanted.name) does not exist") }
        guard found.count == 1 else { throw SyncError(.source, "several groups have the name \(wanted.name)") }
        guard wanted.pinnedId == nil || wanted.pinnedId == group.id else {
            throw SyncError(.groupMissing, "group \(wanted.name) has id \(group.id), which is not the pinned one")
        }
        return group
    }
}
