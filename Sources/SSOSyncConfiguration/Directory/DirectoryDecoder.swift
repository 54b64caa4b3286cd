// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads the document of ``FileIdentitySource``; what is the matter goes to the element's log.
struct DirectoryDecoder {
    private let document: Element

    init(_ document: Element) { self.document = document }

    /// The document; nil if anything is the matter that the log then tells.
    func decode() -> DirectoryDocument? {
        guard let fields = document.fields(["id", "people", "groups"]) else { return nil }
        let id = fields["id"].map { $0.name() } ?? ""
        let people = fields.required("people", "the list of people")?.elements(of: "a list of people")
        let groups = fields.required("groups", "the list of groups")?.elements(of: "a list of groups")
        guard let id, let people, let groups else { return nil }
        let foundPeople = people.compactMap(person)
        checkIds(
            zip(people, foundPeople).map { ($0, $1.id.rawValue) },
            of: "person",
            isWhole: people.count == foundPeople.count
        )
        let known = people.count == foundPeople.count ? Set(foundPeople.map(\.id)) : nil
        let foundGroups = groups.compactMap { group($0, known: known) }
        guard foundGroups.count == groups.count, known != nil else { return nil }
        checkIds(zip(groups, foundGroups).map { ($0, $1.id.rawValue) }, of: "group", isWhole: true)
        checkNames(groups, foundGroups)
        return DirectoryDocument(
            id: id.isEmpty ? nil : DirectoryId(id),
            people: foundPeople,
            groups: foundGroups
        )
    }

    // MARK: People

    private static let personKeys = ["id"] + AccountNameAttribute.allCases.map(\.rawValue) + ["enabled"]

    private func person(_ element: Element) -> DirectoryDocument.FilePerson? {
        guard let fields = element.fields(Self.personKeys) else { return nil }
        let id = fields.required("id", "what never changes about a person, whatever the name")?.text(expected: "an id")
        let isEnabled = fields["enabled"].map { $0.boolean() } ?? true
        var names: [AccountNameAttribute: String] = [:]
        var areNamesRight = true
        for attribute in AccountNameAttribute.allCases {
            guard let field = fields[attribute.rawValue], !field.isNull else { continue }
            names[attribute] = field.text(expected: "a name")
            areNamesRight = areNamesRight && names[attribute] != nil
        }
        guard let id, let isEnabled, areNamesRight else { return nil }
        return DirectoryDocument.FilePerson(id: UserId(id), names: names, isEnabled: isEnabled)
    }

    // MARK: Groups

    private func group(_ element: Element, known: Set<UserId>?) -> DirectoryGroup? {
        guard let fields = element.fields(["id", "name", "members"]) else { return nil }
        let id = fields.required("id", "what never changes about a group, whatever the name")?.text(expected: "an id")
        let name = fields.required("name", "the group's name")?.text(expected: "a group's name")
        let members = fields.required("members", "the ids of the group's members, or []")?.elements(of: "a list of ids")
        guard let id, let name, let members else { return nil }
        return DirectoryGroup(id: GroupId(id), name: GroupName(name), members: self.members(members, known: known))
    }

    private func members(_ elements: [Element], known: Set<UserId>?) -> Set<UserId> {
        var members: Set<UserId> = []
        members.reserveCapacity(elements.count)
        for element in elements {
            guard let text = element.text(expected: "a person's id") else { continue }
            if let known, !known.contains(UserId(text)) {
                element.complain("nobody has the id \(Printable.quoted(text))")
            }
            if !members.insert(UserId(text)).inserted {
                element.complain("\(Printable.quoted(text)) stands here twice")
            }
        }
        return members
    }

    // MARK: Checks

    private func checkIds(_ ids: [(element: Element, id: String)], of what: String, isWhole: Bool) {
        // With a part left out, elements and ids would be matched wrongly; that part is complained about already.
        guard isWhole else { return }
        var seen: Set<UserId> = []
        for (element, id) in ids where !seen.insert(UserId(id)).inserted {
            element.complain("another \(what) has the id \(Printable.quoted(id)) already")
        }
    }

    private func checkNames(_ elements: [Element], _ groups: [DirectoryGroup]) {
        var seen: Set<GroupName> = []
        for (element, group) in zip(elements, groups) where !seen.insert(group.name).inserted {
            element.complain("another group has the name \(Printable.quoted(group.name.rawValue)) already")
        }
    }
}
