// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads a target's groups: a mapping of groups to roles, or a list of groups that roles are named after.
struct GroupRulesDecoder {
    struct Rule {
        let rule: Policy.GroupRule
        let element: Element
    }

    private let element: Element

    init(_ element: Element) { self.element = element }

    func decode() -> [Rule]? {
        let rules: [Rule?]
        switch element.value.content {
        case .array:
            rules = (element.elements() ?? []).map(groupNamedLikeRole)
            checkDuplicates(rules.compactMap { rule in rule.map { ($0.rule.group.rawValue, $0.element) } })
        case .object:
            let members = element.members() ?? []
            rules = members.map { group($0.key, line: $0.line, $0.element) }
            checkDuplicates(members.map { ($0.key, $0.element) })
        default:
            element.complain(expected: "a mapping of groups to roles, or a list of groups")
            return nil
        }
        if rules.isEmpty { element.complain("expected at least one group, found none") }
        return rules.contains { $0 == nil } ? nil : rules.compactMap(\.self)
    }

    private func groupNamedLikeRole(_ element: Element) -> Rule? {
        guard let name = element.text(expected: "a group's name") else { return nil }
        return Rule(rule: Policy.GroupRule(group: GroupName(name), roles: [RoleName(name)]), element: element)
    }

    private func group(_ name: String, line: Int?, _ element: Element) -> Rule? {
        guard !name.isEmpty else {
            element.log.add("a group's name is empty", at: self.element.path, line: line)
            return nil
        }
        var pinnedId: GroupId?
        var list: Element? = element
        if case .object = element.value.content {
            guard let fields = element.fields(["id", "roles"]) else { return nil }
            list = fields.required("roles", "the list of roles that the group's members hold")
            if let id = fields["id"] {
                guard let text = id.text(expected: "a group's id") else { return nil }
                pinnedId = GroupId(text)
            }
        }
        guard let roles = list.flatMap(roles) else { return nil }
        return Rule(rule: Policy.GroupRule(group: GroupName(name), pinnedId: pinnedId, roles: roles), element: element)
    }

    private func roles(_ element: Element) -> [RoleName]? {
        guard let elements = element.elements(of: "a list of roles, or { id: …, roles: […] }") else { return nil }
        if elements.isEmpty {
            element.complain("expected at least one role, found none")
            return nil
        }
        var roles: [RoleName] = []
        for element in elements {
            guard let text = element.text(expected: "a role's name") else { continue }
            if roles.contains(RoleName(text)) { element.complain("role \(Printable.quoted(text)) stands here twice") }
            roles.append(RoleName(text))
        }
        return roles.count == elements.count ? roles : nil
    }

    /// The directory does not tell groups apart by case, so neither do we.
    private func checkDuplicates(_ groups: [(name: String, element: Element)]) {
        var seen: [String: String] = [:]
        for (name, element) in groups {
            guard let first = seen.updateValue(name, forKey: name.lowercased()) else { continue }
            let difference = first == name ? "" : ", as \(Printable.quoted(first))"
            element.complain("group \(Printable.quoted(name)) is mapped twice on this target\(difference)")
        }
    }
}
