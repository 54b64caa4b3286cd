// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Finds targets that are one server under two names, each of which would lock whom the other's groups let in.
///
/// Neither of two is worked on, and all others are.
struct SharedServers {
    /// What RDS knows by an id, which is its own in an account and a Region alone.
    private struct Place: Hashable {
        let name: RDSTargetName
        let region: String
        /// The account; nil for that of whoever runs the program.
        let account: String?
    }

    private let places: [TargetName: Set<Place>]
    /// Endpoints that are given, and by which target.
    private let given: [TargetConfiguration.Endpoint: TargetName]

    /// - Parameters:
    ///   - targets: All of the configuration's.
    ///   - region: Where targets are that name no Region; nil if nobody knows.
    init(_ targets: [TargetConfiguration], region: String?) {
        let places = targets.map { ($0.name, Self.places(of: $0, region: region)) }
        self.places = Dictionary(places) { first, _ in first }
        let given = targets.flatMap { target in target.server?.plainEndpoints.map { ($0, target.name) } ?? [] }
        self.given = Dictionary(given) { first, _ in first }
    }

    /// Why a target is not worked on, as far as its configuration tells; nil if nothing speaks against it.
    func conflict(of name: TargetName) -> SyncError? {
        guard let own = places[name] else { return nil }
        let others = places.filter { $0.key != name && !$0.value.isDisjoint(with: own) }
        guard let other = others.min(by: { $0.key < $1.key }), let place = own.intersection(other.value).first else {
            return nil
        }
        return Self.conflict(over: "\(place.name)", with: other.key)
    }

    /// Why a target is not worked on whose server was looked up; nil if nobody gives one of its instances as a host.
    func conflict(of name: TargetName, foundAt server: TargetServer) -> SyncError? {
        for endpoint in ([server.writer] + server.instances).map(\.plain) {
            guard let other = given[endpoint], other != name else { continue }
            return Self.conflict(over: "\(endpoint.host):\(endpoint.port)", with: other)
        }
        return nil
    }

    private static func conflict(over what: String, with other: TargetName) -> SyncError {
        SyncError(
            .unsupported,
            "\(what) is target \(other), too, and each would undo what the other's groups say: take one of the two out of the "
                + "configuration"
        )
    }

    // MARK: Places

    private static func places(of target: TargetConfiguration, region: String?) -> Set<Place> {
        // In an account that nobody knows there may be others of the same ids.
        guard target.account != nil || target.isInCallersAccount else { return [] }
        let names: [(name: RDSTargetName, region: String?)] =
            switch target.location {
            case .cluster(let id): [(.cluster(id), target.region ?? region)]
            case .instance(let id): [(.instance(id), target.region ?? region)]
            case .server(let server): server.plainEndpoints.compactMap { place(ofHost: $0.host) }
            case .tagged: []
            }
        return Set(
            names.compactMap { name, region in
                region.map { Place(name: name, region: $0, account: target.account) }
            }
        )
    }

    /// What a host name of RDS's is the endpoint of: `orders.cluster-abc.eu-west-1.rds.amazonaws.com` of a cluster, without
    /// `cluster-` of an instance; nil for any other.
    ///
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html>)
    private static func place(ofHost host: String) -> (name: RDSTargetName, region: String?)? {
        let labels = host.split(separator: ".").map(String.init)
        let domains = ["rds.amazonaws.com", "rds.amazonaws.com.cn"]
        guard labels.count > 5, domains.contains(labels[3...].joined(separator: ".")) else { return nil }
        let isCluster = labels[1].hasPrefix("cluster-")
        return (isCluster ? .cluster(labels[0]) : .instance(labels[0]), labels[2])
    }
}

extension TargetConfiguration {
    fileprivate var server: Server? { if case .server(let server) = location { server } else { nil } }
}
