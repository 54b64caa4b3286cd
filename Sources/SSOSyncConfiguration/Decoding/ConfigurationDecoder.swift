// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads the document of ``ConfigurationFile``; what is the matter goes to the element's log.
struct ConfigurationDecoder {
    private let document: Element
    private let path: String

    init(_ document: Element, path: String) {
        self.document = document
        self.path = path
    }

    /// The configuration; nil if anything that it needs is missing or wrong.
    ///
    /// The log then says what.
    func decode() -> ConfigurationFile? {
        guard isOurVersion() else { return nil }
        guard let fields = document.fields(Self.keys) else { return nil }
        let owner = fields.required("owner", "a name for this deployment, which stands in every marker")?.name()
        let directory = fields.required("directory", SourceDecoder.hint).flatMap { SourceDecoder($0).decode() }
        let accountName = fields["accountName"].map { $0.choice(AccountNameAttribute.self) } ?? .userName
        let brake = fields["brake"].map { $0.brake(defaults: Policy.Brake()) } ?? Policy.Brake()
        let rollout = fields["rollout"].map(RolloutDecoder.rollout)
        let hub = fields["hub"].map { HubDecoder($0).decode() }
        let targets =
            hub == nil
            ? targets(fields, brake: brake ?? Policy.Brake(), rollout ?? nil) : noTargets(fields, rollout ?? nil)
        let notify = fields["notify"].map(NotifierDecoder.notifiers) ?? []
        let reports = fields["reports"].map(ReportsDecoder.reports)
        let memory = fields["notifyMemory"].map { $0.text(expected: "a path") } ?? ""
        let rests = fields["targetMemory"].map { $0.text(expected: "a path") } ?? ""
        guard let owner, let directory, let accountName, let targets, let notify, let memory, let rests else {
            return nil
        }
        // Of what is there and wrong, the log has something to say.
        if hub == .some(nil) || rollout == .some(nil) || reports == .some(nil) { return nil }
        return ConfigurationFile(
            owner: DeploymentOwner(owner),
            directory: directory,
            accountName: accountName,
            targets: targets,
            hub: hub ?? nil,
            rollout: rollout ?? nil,
            notify: notify,
            reports: reports ?? nil,
            notifyMemory: memory.isEmpty ? nil : memory,
            targetMemory: rests.isEmpty ? nil : rests,
            path: path
        )
    }

    static let keys = [
        "version", "owner", "directory", "accountName", "targets", "brake", "notify", "notifyMemory", "targetMemory",
        "hub", "rollout", "reports",
    ]

    /// A document of another version is not looked into: what is said about its keys would mislead.
    ///
    /// One that does not say which it is of is taken for ours, so that all else that is the matter is told, too.
    private func isOurVersion() -> Bool {
        guard case .object(let members) = document.value.content else {
            document.complain(expected: "a mapping with \(Self.keys.joined(separator: ", "))")
            return false
        }
        guard let version = members.first(where: { $0.key == "version" }) else {
            document.complain("version is missing: begin the document with version: \(ConfigurationFile.version)")
            return true
        }
        let element = Element(version.value, path: .key("version", of: .root), log: document.log)
        guard let number = element.number else {
            let isQuoted = if case .string = element.value.content { true } else { false }
            element.complain(expected: "\(ConfigurationFile.version)\(isQuoted ? ", without quotation marks" : "")")
            return true
        }
        guard number != ConfigurationFile.version else { return true }
        element.complain("this program reads version \(ConfigurationFile.version), found \(number)")
        return false
    }

    // MARK: Targets

    /// A hub reads the directory for others, and has no rights on databases.
    private func noTargets(_ fields: Fields, _ rollout: RolloutConfiguration?) -> [TargetConfiguration] {
        if rollout?.ring != nil {
            fields["rollout"]?.complain("a hub has no databases: ring belongs into the configurations of its spokes")
        }
        for key in ["targets", "brake", "targetMemory"] {
            fields[key]?.complain("a hub has no databases: this belongs into the configurations of its spokes")
        }
        if let directory = fields["directory"], directory.members()?.first?.key == "snapshot" {
            directory.complain("a hub writes snapshots: its directory is identityCenter or a file")
        }
        return []
    }

    private func targets(
        _ fields: Fields,
        brake: Policy.Brake,
        _ rollout: RolloutConfiguration?
    ) -> [TargetConfiguration]? {
        guard let element = fields.required("targets", "the list of database servers"),
            let elements = element.elements(of: "a list of database servers")
        else { return nil }
        if elements.isEmpty { element.complain("expected at least one database server, found none") }
        let targets = elements.map { TargetDecoder($0, brake: brake).decode() }
        TargetDecoder.checkNames(elements)
        TargetDecoder.checkServers(elements, targets)
        TargetDecoder.checkLookUps(elements, targets)
        TargetDecoder.checkRings(elements, targets, rollout)
        let decoded = targets.compactMap(\.self)
        return decoded.count == targets.count ? decoded : nil
    }
}
