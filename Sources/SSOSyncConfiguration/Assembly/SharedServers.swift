// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncConcurrency
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
    /// What RDS calls for good the server that a target was last found at.
    private let found = Mutex<[TargetName: String]>([:])
    private let answers = Mutex<[TargetName: Answer]>([:])

    /// What RDS has said leads to a target.
    private struct Answer {
        let endpoints: Set<TargetConfiguration.Endpoint>
        /// How long there is no need to ask anew: clusters seldom change in that.
        let age: Duration
        let time: KeepingMoment
    }

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
        for endpoint in server.found?.leading ?? [] {
            guard let other = given[endpoint], other != name else { continue }
            return Self.conflict(over: "\(endpoint.host):\(endpoint.port)", with: other)
        }
        guard let id = server.found?.resourceId else { return nil }
        let others = found.withLock { found in
            found[name] = id
            return found.filter { $0.value == id && $0.key != name }.keys
        }
        return others.min().map { Self.conflict(over: "\(server.writer.host):\(server.writer.port)", with: $0) }
    }

    /// Why a target is not worked on that is given by its hosts; nil if no other one was found at any of them so far.
    func conflict(ofGiven target: TargetConfiguration) -> SyncError? {
        let endpoints = target.server?.plainEndpoints ?? []
        let answers = answers.withLock { $0 }
        for endpoint in endpoints {
            let others = answers.filter { $0.key != target.name && $0.value.endpoints.contains(endpoint) }
            guard let other = others.keys.min() else { continue }
            return Self.conflict(over: "\(endpoint.host):\(endpoint.port)", with: other)
        }
        return nil
    }

    // MARK: What RDS says

    /// Notes what leads to a target: who gives that as a host is told so.
    ///
    /// What was left out of an answer leads there as before.
    func note(_ found: RDSTarget, of name: TargetName) {
        answers.withLock { answers in
            let isWhole = found.unseen.isEmpty
            let former = isWhole ? [] : answers[name]?.endpoints ?? []
            let endpoints = Set(found.leading).union(former)
            answers[name] = Answer(endpoints: endpoints, age: isWhole ? .seconds(300) : .zero, time: .now)
        }
    }

    /// Notes that RDS has not said in time what leads to a target: nobody waits for that again, for a while.
    func noteSilence(about name: TargetName) {
        answers.withLock {
            $0[name] = Answer(endpoints: $0[name]?.endpoints ?? [], age: .seconds(60), time: .now)
        }
    }

    /// Whether there is no need to ask RDS what leads to a target.
    func wasAsked(about name: TargetName) -> Bool {
        answers.withLock { answers in answers[name].map { $0.time.isWithin($0.age, of: .now) } ?? false }
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

    private static func place(ofHost host: String) -> (name: RDSTargetName, region: String?)? {
        guard let host = RDSHostName(host), let name = host.target else { return nil }
        return (name, host.region)
    }
}

extension TargetConfiguration {
    fileprivate var server: Server? { if case .server(let server) = location { server } else { nil } }
}

extension RDSTarget {
    /// The endpoints that lead to it, or to an instance of it, spelled alike.
    fileprivate var leading: [TargetConfiguration.Endpoint] {
        let endpoints = [writer] + readers + writerInstances + aliases
        return endpoints.map { TargetConfiguration.Endpoint(host: $0.host, port: $0.port).plain }
    }
}
