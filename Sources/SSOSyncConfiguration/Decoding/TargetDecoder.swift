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
        "name", "mode", "engine", "host", "port", "readers", "database", "accountHost", "region", "user", "login",
        "tls",
        "groups", "leavers", "protect", "ignore", "allowPrivileged", "brake",
    ]

    private static let later = [
        "cluster": "; until then, give host, port and engine", "instance": "; until then, give host, port and engine",
        "roleArn": "", "externalId": "",
    ]

    func decode() -> TargetConfiguration? {
        guard let fields = element.fields(Self.keys, later: Self.later) else { return nil }
        let name = fields.required("name", "what this target is called on the command line")?.name()
        let mode = fields["mode"].map { $0.choice(Policy.Mode.self) } ?? .plan
        let engine = fields.required("engine", "the kind of server: \(Self.engines)")?
            .choice(TargetConfiguration.Engine.self)
        let address = address(fields, defaultPort: engine?.defaultPort ?? 0)
        let user = fields.required("user", "the provisioner's login")?.text(expected: "the provisioner's login")
        let place = place(fields, engine)
        let policy = TargetPolicyDecoder(fields, engine: engine, brake: brake).decode()
        guard let name, let mode, let engine, let address, let user, let place, let policy else { return nil }
        return TargetConfiguration(
            name: TargetName(name),
            mode: mode,
            engine: engine,
            writer: address.writer,
            readers: address.readers,
            database: place.database,
            accountHost: place.accountHost,
            region: place.region,
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

    private static let engines = TargetConfiguration.Engine.allCases.map(\.rawValue).joined(separator: " or ")

    // MARK: Address

    private struct Address {
        let writer: TargetConfiguration.Endpoint
        let readers: [TargetConfiguration.Endpoint]
    }

    private func address(_ fields: Fields, defaultPort: Int) -> Address? {
        let host = fields.required("host", "the server's host name, as it stands in its certificate")?.host()
        let port = fields["port"].map { $0.port() } ?? defaultPort
        let readers = fields["readers"].map { Self.readers($0, defaultPort: defaultPort) } ?? []
        guard let host, let port, let readers else { return nil }
        if let refusal = SharedEndpoint.refusal(ofHost: host) { fields["host"]?.complain(refusal) }
        return Address(writer: TargetConfiguration.Endpoint(host: host, port: port), readers: readers)
    }

    private static func readers(_ element: Element, defaultPort: Int) -> [TargetConfiguration.Endpoint]? {
        guard let elements = element.elements(of: "a list of instances that serve reads") else { return nil }
        let readers = elements.map { reader($0, defaultPort: defaultPort) }
        return readers.contains(nil) ? nil : readers.compactMap(\.self)
    }

    private static func reader(_ element: Element, defaultPort: Int) -> TargetConfiguration.Endpoint? {
        guard let fields = element.fields(["host", "port"]) else { return nil }
        let host = fields.required("host", "the reader's host name")?.host()
        let port = fields["port"].map { $0.port() } ?? defaultPort
        guard let host, let port else { return nil }
        if let refusal = SharedEndpoint.refusal(ofReader: host) { fields["host"]?.complain(refusal) }
        return TargetConfiguration.Endpoint(host: host, port: port)
    }

    // MARK: Login

    private struct Place {
        let database: String?
        let accountHost: String?
        let region: String?
        let login: TargetConfiguration.Login
        let certificateFile: String?
    }

    private func place(_ fields: Fields, _ engine: TargetConfiguration.Engine?) -> Place? {
        let database = fields["database"].map { $0.text(expected: "a database's name") } ?? "postgres"
        let accountHost = fields["accountHost"].map { $0.accountHost() } ?? "%"
        if let engine { Self.checkKeys(fields, engine) }
        let region = fields["region"].map { $0.region() } ?? ""
        let login = fields["login"].map(Self.login) ?? .token
        let certificates = fields["tls"].map(Self.certificateFile) ?? ""
        guard let engine, let database, let accountHost, let region, let login, let certificates else { return nil }
        return Place(
            database: engine == .postgres ? database : nil,
            accountHost: engine == .mysql ? accountHost : nil,
            region: region.isEmpty ? nil : region,
            login: login,
            certificateFile: certificates.isEmpty ? nil : certificates
        )
    }

    /// Complains about what means something to another engine only.
    private static func checkKeys(_ fields: Fields, _ engine: TargetConfiguration.Engine) {
        switch engine {
        case .postgres:
            fields["accountHost"]?.complain("is for mysql only: accounts of PostgreSQL have no host part")
        case .mysql:
            fields["database"]?.complain(
                "is for postgres only: MySQL has its accounts and its lock for the whole server"
            )
        }
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
