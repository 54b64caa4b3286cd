// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import Synchronization

/// Finds targets that are one server under two names, each of which would lock whom the other's groups let in.
///
/// Such a target is not worked on, and all others are.
final class SharedServers: Sendable {
    /// What RDS knows by an id, which is its own in an account and a Region alone.
    private struct Place: Hashable {
        let name: RDSTargetName
        let region: String
        /// The account; nil for that of whoever runs the program.
        let account: String?
    }

    private let places: [TargetName: Set<Place>]
    /// The targets at each of these places, ascending.
    private let targets: [Place: [TargetName]]
    /// Endpoints that are given, and by which target.
    private let given: [TargetConfiguration.Endpoint: TargetName]
    /// Targets that were looked up, by what RDS calls the server for good.
    private let found = Mutex<[String: Set<TargetName>]>([:])

    /// - Parameters:
    ///   - targets: All of the configuration's.
    ///   - region: Where targets are that name no Region; nil if nobody knows.
    init(_ targets: [TargetConfiguration], region: String?) {
        let places = targets.map { (name: $0.name, places: Self.places(of: $0, region: region)) }
        self.places = Dictionary(places.map { ($0.name, $0.places) }) { first, _ in first }
        self.targets = places.sorted { $0.name < $1.name }.reduce(into: [:]) { targets, target in
            for place in target.places { targets[place, default: []].append(target.name) }
        }
        let given = targets.flatMap { target in target.server?.plainEndpoints.map { ($0, target.name) } ?? [] }
        self.given = Dictionary(given) { first, _ in first }
    }

    /// Why a target is not worked on, as far as the configuration tells; nil if nothing speaks against it.
    func conflict(of name: TargetName) -> SyncError? {
        for place in places[name] ?? [] {
            guard let other = targets[place]?.first(where: { $0 != name }) else { continue }
            return Self.conflict(over: "\(place.name)", with: other)
        }
        return nil
    }

    /// Why a target is not worked on whose server was looked up; nil if no other one gives an instance of it as a host, or was
    /// found to be the same.
    func conflict(of name: TargetName, foundAt server: TargetServer) -> SyncError? {
        for endpoint in ([server.writer] + server.instances).map(\.plain) {
            guard let other = given[endpoint], other != name else { continue }
            return Self.conflict(over: "\(endpoint.host):\(endpoint.port)", with: other)
        }
        guard let id = server.found?.resourceId else { return nil }
        let others = found.withLock { found in
            found[id, default: []].insert(name)
            return found[id, default: []].subtracting([name])
        }
        return others.min().map { Self.conflict(over: "\(server.writer.host):\(server.writer.port)", with: $0) }
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
    /// `cluster-` of an instance; nil for any other, such as a cluster's custom endpoints and proxies, which have names of their own.
    ///
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html>)
    private static func place(ofHost host: String) -> (name: RDSTargetName, region: String?)? {
        let labels = host.split(separator: ".").map(String.init)
        let domains = ["rds.amazonaws.com", "rds.amazonaws.com.cn"]
        guard labels.count > 5, domains.contains(labels[3...].joined(separator: ".")) else { return nil }
        switch labels[1].split(separator: "-", omittingEmptySubsequences: false).count {
        case 1: return (.instance(labels[0]), labels[2])
        case 2 where labels[1].hasPrefix("cluster-"): return (.cluster(labels[0]), labels[2])
        default: return nil
        }
    }
}

extension TargetConfiguration {
    fileprivate var server: Server? { if case .server(let server) = location { server } else { nil } }
}
