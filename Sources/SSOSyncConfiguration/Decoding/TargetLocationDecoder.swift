// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads where a target's server is, or by what it is looked up; what is the matter goes to the elements' log.
struct TargetLocationDecoder {
    private let fields: Fields
    /// The engines that the server may be of: none if what is given is wrong, all if it is looked up.
    let engines: [TargetConfiguration.Engine]

    init(_ fields: Fields) {
        self.fields = fields
        let given = Self.kinds.filter { fields[$0] != nil }
        engines =
            switch given {
            case ["host"]: Self.engine(fields).map { [$0] } ?? []
            case ["cluster"], ["instance"], ["tagged"]: TargetConfiguration.Engine.allCases
            default: []
            }
    }

    private static let kinds = ["cluster", "instance", "tagged", "host"]

    func decode() -> TargetConfiguration.Location? {
        switch Self.kinds.filter({ fields[$0] != nil }) {
        case ["cluster"]: return id(fields["cluster"], of: "cluster").map { .cluster($0) }
        case ["instance"]: return id(fields["instance"], of: "instance").map { .instance($0) }
        case ["tagged"]: return tags(fields["tagged"]).map { .tagged($0) }
        case ["host"]: return server().map { .server($0) }
        case []:
            fields.whole.complain(
                "where the server is, is missing: cluster, instance or tagged, to be looked up in RDS, or engine and host"
            )
        case let given:
            fields[given[1]]?.complain(
                "expected exactly one of cluster, instance, tagged and host, found \(given[0]) as well"
            )
        }
        return nil
    }

    // MARK: Looked up

    /// The id of a cluster or an instance
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>), in lower case, as RDS keeps it.
    private func id(_ element: Element?, of kind: String) -> String? {
        refuseWhatIsLookedUp(kind)
        let expected = "the id of \(kind == "cluster" ? "a cluster" : "an instance") such as database-1"
        guard let element, let text = element.text(expected: expected) else { return nil }
        if let refusal = SharedEndpoint.refusal(ofHost: text) {
            element.complain(refusal)
            return nil
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isId =
            text.utf8.count <= 63 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Element.isLetterOrDigit) }
        if isId, text.first?.isLetter == true { return text.lowercased() }
        let advice = text.contains(".") ? ": a host name goes with host and engine" : ""
        element.complain("expected \(expected), found \(Printable.quoted(text))\(advice)")
        return nil
    }

    private func refuseWhatIsLookedUp(_ kind: String) {
        for key in ["engine", "port", "readers"] {
            fields[key]?.complain("is looked up: leave it out where there is \(kind)")
        }
    }

    /// Values of tags, by their keys.
    ///
    /// An empty value would be one, too, for RDS; here it is taken for something that was forgotten.
    private func tags(_ element: Element?) -> [String: String]? {
        refuseWhatIsLookedUp("tagged")
        guard let element, let members = element.members(of: "a mapping of tags, such as { sso-sync: orders }") else {
            return nil
        }
        guard !members.isEmpty else {
            element.complain("expected at least one tag, found none: every database in the account would be meant")
            return nil
        }
        let tags = members.compactMap { member in
            member.element.text(expected: "the tag's value").map { (member.key, $0) }
        }
        guard tags.count == members.count else { return nil }
        return Dictionary(tags) { first, _ in first }
    }

    // MARK: Given

    private static func engine(_ fields: Fields) -> TargetConfiguration.Engine? {
        let engines = TargetConfiguration.Engine.allCases.map(\.rawValue).joined(separator: " or ")
        return fields.required("engine", "the kind of server: \(engines)")?.choice(TargetConfiguration.Engine.self)
    }

    private func server() -> TargetConfiguration.Server? {
        let defaultPort = engines.first?.defaultPort ?? 0
        let host = fields["host"]?.host()
        let port = fields["port"].map { $0.port() } ?? defaultPort
        let readers = fields["readers"].map { Self.readers($0, defaultPort: defaultPort) } ?? []
        guard let host, let port, let readers else { return nil }
        if let refusal = SharedEndpoint.refusal(ofHost: host) { fields["host"]?.complain(refusal) }
        guard let engine = engines.first else { return nil }
        return TargetConfiguration.Server(
            engine: engine,
            writer: TargetConfiguration.Endpoint(host: host, port: port),
            readers: readers
        )
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
}

extension TargetConfiguration.Engine {
    /// Why it takes no `accountHost`.
    var refusalOfAccountHost: String { "is for mysql only: accounts of PostgreSQL have no host part" }
    /// Why it takes no `database`.
    var refusalOfDatabase: String {
        "is for postgres only: MySQL has its accounts and its lock for the whole server"
    }
}
