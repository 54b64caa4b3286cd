// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads one target; what is the matter goes to the element's log.
struct TargetDecoder {
    let element: Element
    let brake: Policy.Brake

    init(_ element: Element, brake: Policy.Brake) {
        self.element = element
        self.brake = brake
    }

    static let keys = [
        "name", "mode", "ring", "cluster", "instance", "tagged", "engine", "host", "port", "readers", "database",
        "accountHost",
        "region",
        "roleArn", "externalId", "user", "login", "tls", "groups", "leavers", "protect", "ignore", "allowPrivileged",
        "brake",
    ]

    func decode() -> TargetConfiguration? {
        guard let fields = element.fields(Self.keys) else { return nil }
        let name = fields.required("name", "what this target is called on the command line")?.name()
        let mode = fields["mode"].map { $0.choice(Policy.Mode.self) } ?? .plan
        let ring = fields["ring"].map(RolloutDecoder.ring) ?? 0
        let locator = TargetLocationDecoder(fields)
        let location = locator.decode()
        let user = fields.required("user", "the provisioner's login")?.text(expected: "the provisioner's login")
        let place = place(fields, locator.engines)
        let policy = TargetPolicyDecoder(fields, engines: locator.engines, brake: brake).decode()
        guard let name, let mode, let ring, let location, let user, let place, let policy else { return nil }
        return TargetConfiguration(
            name: TargetName(name),
            mode: mode,
            ring: ring,
            location: location,
            database: place.database,
            accountHost: place.accountHost,
            region: place.region,
            // What is there and wrong is complained about, and stops the program: so nil may stand for what is not there.
            roleArn: fields["roleArn"]?.roleARN(),
            externalId: fields["externalId"]?.text(expected: "the role's external id"),
            user: user,
            login: place.login,
            certificateFile: place.certificateFile,
            groups: policy.groups,
            leavers: policy.leavers,
            brake: policy.brake,
            protectedNames: policy.protectedNames,
            ignoredNames: policy.ignoredNames,
            allowPrivileged: policy.allowPrivileged
        )
    }

    // MARK: Login

    private struct Place {
        let database: String?
        let accountHost: String?
        let region: String?
        let login: TargetConfiguration.Login
        let certificateFile: String?
    }

    /// - Parameter engines: Those that it may be, as far as is known.
    private func place(_ fields: Fields, _ engines: [TargetConfiguration.Engine]) -> Place? {
        let database = fields["database"].map { $0.text(expected: "a database's name") } ?? "postgres"
        let accountHost = fields["accountHost"].map { $0.accountHost() } ?? "%"
        if engines.count == 1 { Self.checkKeys(fields, engines[0]) }
        Self.checkRole(fields)
        let region = fields["region"].map { $0.region() } ?? ""
        let login = fields["login"].map(Self.login) ?? .token
        let certificates = fields["tls"].map(Self.certificateFile) ?? ""
        guard let database, let accountHost, let region, let login, let certificates else { return nil }
        return Place(
            database: engines == [.postgres] || fields["database"] != nil ? database : nil,
            accountHost: engines == [.mysql] || fields["accountHost"] != nil ? accountHost : nil,
            region: region.isEmpty ? nil : region,
            login: login,
            certificateFile: certificates.isEmpty ? nil : certificates
        )
    }

    /// Complains about what means something to another engine only.
    private static func checkKeys(_ fields: Fields, _ engine: TargetConfiguration.Engine) {
        switch engine {
        case .postgres: fields["accountHost"]?.complain(engine.refusalOfAccountHost)
        case .mysql: fields["database"]?.complain(engine.refusalOfDatabase)
        }
    }

    /// Complains about a role that nobody would assume.
    private static func checkRole(_ fields: Fields) {
        if let id = fields["externalId"], fields["roleArn"] == nil {
            id.complain("goes with roleArn, which is missing")
        }
        guard let role = fields["roleArn"], fields["host"] != nil, fields["login"] != nil else { return }
        role.complain("is for looking a server up and for login tokens: with host and a password, leave it out")
    }

    private static func login(_ element: Element) -> TargetConfiguration.Login? {
        guard let fields = element.fields(["passwordFile", "passwordVariable"]) else { return nil }
        switch (fields["passwordFile"], fields["passwordVariable"]) {
        case (let file?, nil): return file.text(expected: "a path").map { .passwordFile($0) }
        case (nil, let variable?): return variable.variableName().map { .passwordVariable($0) }
        case (nil, nil) where !element.isEmptyMapping: return nil
        default:
            element.complain(
                "expected exactly one of passwordFile and passwordVariable; leave login out to log in by IAM token"
            )
            return nil
        }
    }

    private static func certificateFile(_ element: Element) -> String? {
        guard let fields = element.fields(["ca"]) else { return nil }
        return fields.required("ca", "a file of certificates in PEM format")?.text(expected: "a path")
    }
}
