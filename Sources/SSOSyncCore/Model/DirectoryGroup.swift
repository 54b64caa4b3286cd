// SPDX-License-Identifier: Apache-2.0

/// A group of the directory with those of its members that the reading covers.
public struct DirectoryGroup: Hashable, Sendable {
    /// Which group it is, whatever the name.
    public let id: GroupId
    /// The name that the configuration uses.
    public let name: GroupName
    /// Members inside the directory's scope, in ascending order, each once.
    public let members: [UserId]

    /// A group with its members, in any order.
    public init(id: GroupId, name: GroupName, members: some Sequence<UserId>) {
        self.id = id
        self.name = name
        self.members = Set(members).sorted()
    }
}
