// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads what a target's groups, leavers and limits are; what is the matter goes to the elements' log.
struct TargetPolicyDecoder {
    struct Result {
        let groups: [Policy.GroupRule]
        let leavers: Policy.Leavers
        let brake: Policy.Brake
        let protectedNames: [Glob]
        let ignoredNames: [Glob]
        let allowPrivileged: [Policy.PrivilegedGrant]
    }

    private let fields: Fields
    private let engines: [TargetConfiguration.Engine]
    private let defaultBrake: Policy.Brake

    /// - Parameters:
    ///   - fields: The target's members.
    ///   - engines: The engines that it may be of.
    ///   - brake: The limits if it has none of its own.
    init(_ fields: Fields, engines: [TargetConfiguration.Engine], brake: Policy.Brake) {
        self.fields = fields
        self.engines = engines
        defaultBrake = brake
    }

    func decode() -> Result? {
        let rules = fields.required("groups", "groups and the roles that their members hold")
            .flatMap { GroupRulesDecoder($0).decode() }
        let leavers = fields["leavers"].map(leavers) ?? Policy.Leavers()
        let brake = fields["brake"].map { $0.brake(defaults: defaultBrake) } ?? defaultBrake
        let protectedNames = fields["protect"].map(protected) ?? []
        let ignoredNames = fields["ignore"].map { $0.globs() } ?? []
        let exceptions = fields["allowPrivileged"].map { privilegedGrants($0, rules) } ?? []
        if let rules, let exceptions { checkReserved(rules, exceptions) }
        guard let rules, let leavers, let brake, let protectedNames, let ignoredNames, let exceptions else {
            return nil
        }
        return Result(
            groups: rules.map(\.rule).sorted { $0.group < $1.group },
            leavers: leavers,
            brake: brake,
            protectedNames: protectedNames,
            ignoredNames: ignoredNames,
            allowPrivileged: exceptions
        )
    }

    private func leavers(_ element: Element) -> Policy.Leavers? {
        guard let fields = element.fields(["quarantine", "then"]) else { return nil }
        let defaults = Policy.Leavers()
        let quarantine = fields["quarantine"].map { $0.duration() } ?? defaults.quarantine
        let then = fields["then"].map { $0.choice(Policy.Leavers.Then.self) } ?? defaults.then
        guard let quarantine, let then else { return nil }
        return Policy.Leavers(quarantine: quarantine, then: then)
    }

    private func protected(_ element: Element) -> [Glob]? {
        let globs = element.globs()
        if let globs, globs.contains(where: { $0.pattern.allSatisfy { $0 == "*" } }) {
            element.complain("* protects every name, so that nobody could have an account")
        }
        return globs
    }

    // MARK: Privileged roles

    private func privilegedGrants(_ element: Element, _ rules: [GroupRulesDecoder.Rule]?) -> [Policy.PrivilegedGrant]? {
        guard let elements = element.elements(of: "a list of role, group and maxMembers") else { return nil }
        let grants = elements.map { privilegedGrant($0, rules) }
        return grants.contains(nil) ? nil : grants.compactMap(\.self)
    }

    private func privilegedGrant(_ element: Element, _ rules: [GroupRulesDecoder.Rule]?) -> Policy.PrivilegedGrant? {
        guard let fields = element.fields(["role", "group", "maxMembers"]) else { return nil }
        let role = fields.required("role", "the privileged role")?.text(expected: "a role")
        let group = fields.required("group", "the group whose members may hold it")?.text(expected: "a group")
        let maximum = fields.required("maxMembers", "with more members than this, nobody gets the role")?
            .wholeNumber(1...100_000)
        guard let role, let group, let maximum else { return nil }
        let grant = Policy.PrivilegedGrant(
            role: RoleName(role),
            group: GroupName(group),
            maximumMembers: maximum
        )
        if let rules { check(grant, element, rules.map(\.rule)) }
        return grant
    }

    private func check(_ grant: Policy.PrivilegedGrant, _ element: Element, _ rules: [Policy.GroupRule]) {
        guard let rule = rules.first(where: { $0.group == grant.group }) else {
            element.complain("group \(Printable.quoted(grant.group.rawValue)) is not mapped on this target")
            return
        }
        if !rule.roles.contains(grant.role) {
            let role = Printable.quoted(grant.role.rawValue)
            element.complain("group \(Printable.quoted(grant.group.rawValue)) is not mapped to the role \(role)")
        }
        if rule.pinnedId == nil {
            element.complain(
                "the id of group \(Printable.quoted(grant.group.rawValue)) has to be pinned, by { id: …, roles: […] } "
                    + "under groups: otherwise whoever creates a group of that name gets a privileged role"
            )
        }
    }

    private func checkReserved(_ rules: [GroupRulesDecoder.Rule], _ exceptions: [Policy.PrivilegedGrant]) {
        for rule in rules {
            for role in rule.rule.roles where Self.neverMapped.contains(role.rawValue.lowercased()) {
                rule.element.complain(
                    "role \(Printable.quoted(role.rawValue)) is reserved and cannot be mapped to a group"
                )
            }
            for role in rule.rule.roles where isPrivileged(role) {
                guard !exceptions.contains(where: { $0.role == role && $0.group == rule.rule.group }) else { continue }
                rule.element.complain(
                    "role \(Printable.quoted(role.rawValue)) is privileged: map the group to another role, or name both "
                        + "under allowPrivileged"
                )
            }
        }
    }

    /// Every account that we make is in `rds_iam`; the others belong to RDS or to the language.
    private static let neverMapped: Set = [
        "rds_iam", "rdsadmin", "rdsrepladmin", "rdstopmgr", "rdsproxyadmin", "public", "none",
    ]

    /// Whether its name says so.
    ///
    /// What the role may do is looked at on the server, in every run.
    private func isPrivileged(_ role: RoleName) -> Bool {
        let name = role.rawValue.lowercased()
        guard !Self.neverMapped.contains(name) else { return false }
        return engines.contains { engine in
            switch engine {
            case .postgres: role.rawValue.hasPrefix("rds_") || role.rawValue.hasPrefix("pg_")
            case .mysql: ["rds_", "aws_", "mysql."].contains { name.hasPrefix($0) }
            }
        }
    }
}
