// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncCore

extension ConfigurationFile {
    /// The configuration with what carries the tags in the place of each target that is given by tags.
    ///
    /// Nothing is looked up if nobody works on such a target. If somebody does, all of them are, so that what two of them lead to
    /// is noticed. A look-up that fails fails its target alone, when a session is opened.
    ///
    /// - Parameters:
    ///   - names: The targets to work on, as somebody has typed them: the name in the configuration, or that of one that was
    ///     found; empty for all.
    ///   - environment: The process's environment variables, which credentials are looked for in.
    ///   - isPersonal: Whether a person logs in, who assumes no role for it.
    /// - Throws: ``ConfigurationError`` if a Region is missing, or a role cannot be assumed.
    public func discovering(
        _ names: [String] = [],
        environment: [String: String],
        isPersonal: Bool = false
    ) async throws(ConfigurationError) -> ConfigurationFile {
        let names = names.map { TargetName($0) }
        let wanted = targets.filter { target in
            target.tags != nil && (names.isEmpty || names.contains { $0 == target.name || $0.isFound(by: target.name) })
        }
        guard !wanted.isEmpty else { return self }
        return try await TargetDiscovery(self, environment: environment, isPersonal: isPersonal)
            .discovered(wanted: Set(wanted.map(\.name)))
    }
}

/// Looks for what carries tags, and makes a target of each.
private struct TargetDiscovery {
    private let configuration: ConfigurationFile
    private let aws: AWSAccess
    private let assembler: TargetAssembler
    private let isPersonal: Bool

    init(_ configuration: ConfigurationFile, environment: [String: String], isPersonal: Bool) {
        self.configuration = configuration
        self.isPersonal = isPersonal
        aws = AWSAccess(environment: environment)
        assembler = TargetAssembler(configuration, aws: aws, environment: environment)
    }

    func discovered(wanted: Set<TargetName>) async throws(ConfigurationError) -> ConfigurationFile {
        let results = await (try searches(wanted)).concurrently { try await resources($0) }
        var discovered = configuration
        var taken = Taken(configuration, regions: aws.regions)
        var found: [TargetName: [TargetConfiguration]] = [:]
        for (search, result) in results {
            do {
                found[search.target.name] = try result.get().map { resource in
                    let (target, conflict) = taken.target(resource, of: search)
                    discovered.undiscovered[target.name] = conflict
                    return target
                }
            } catch {
                discovered.undiscovered[search.target.name] = Self.syncError(error)
            }
        }
        discovered.targets = configuration.targets.flatMap { found[$0.name] ?? [$0] }
        return discovered
    }

    fileprivate struct Search: Sendable {
        let target: TargetConfiguration
        let account: TargetAssembler.Account
    }

    /// What a target needs that nobody works on may be missing.
    private func searches(_ wanted: Set<TargetName>) throws(ConfigurationError) -> [Search] {
        let log = ProblemLog(file: configuration.path)
        let searches = configuration.targets.filter { $0.tags != nil }.compactMap { target -> Search? in
            let own = ProblemLog(file: configuration.path)
            let isWanted = wanted.contains(target.name)
            let account = assembler.account(target, isPersonal: isPersonal, isWanted ? log : own)
            return own.problems.isEmpty ? Search(target: target, account: account) : nil
        }
        try log.throwIfAny()
        return searches
    }

    /// What carries a target's tags.
    private func resources(_ search: Search) async throws -> [RDSTaggedResource] {
        let tags = search.target.tags ?? [:]
        let resources = try await assembler.locator(search.account).resources(tagged: tags)
        guard resources.isEmpty else { return resources }
        let place = "in \(search.account.region), in \(await owner(search))"
        throw SyncError(
            .lookUp,
            "no cluster, and no instance in none, carries \(Self.text(tags)) \(place): check the tags, the region, and the "
                + "account, which roleArn can change"
        )
    }

    /// Whose clusters and instances were looked at.
    private func owner(_ search: Search) async -> String {
        let role = isPersonal ? nil : search.target.roleArn
        if let role { return "account \(role.split(separator: ":", omittingEmptySubsequences: false)[4])" }
        guard let caller = try? await aws.caller(region: search.account.region) else {
            return "the account of these credentials"
        }
        return "account \(caller.account)"
    }

    private static func text(_ tags: [String: String]) -> String {
        let tags = tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        return "the tags \(Printable.escaped(tags))"
    }

    private static func syncError(_ error: any Error) -> SyncError {
        error as? SyncError ?? SyncError(.lookUp, "what carries the tags could not be looked up: \(error)")
    }
}

/// What is a target already.
private struct Taken {
    private struct Place: Hashable {
        let location: TargetConfiguration.Location
        let region: String?
        let roleArn: String?
    }

    private var places: [Place: TargetName] = [:]
    private var resources: [String: TargetName] = [:]
    private var names: Set<TargetName> = []

    /// - Parameter regions: Where targets are that name no Region, the first one counts.
    init(_ configuration: ConfigurationFile, regions: [String]) {
        for target in configuration.targets where target.tags == nil {
            let region = target.region ?? regions.first
            places[Place(location: target.location, region: region, roleArn: target.roleArn)] = target.name
        }
    }

    /// The target that something becomes, and why it cannot be worked on, if so: then it is at no place.
    mutating func target(_ resource: RDSTaggedResource, of search: TargetDiscovery.Search) -> (
        TargetConfiguration, SyncError?
    ) {
        let (configured, region) = (search.target, search.account.region)
        let name = TargetName("\(configured.name)/\(resource.name.id)")
        let found = configured.found(name, at: resource.name.location, in: region)
        let place = Place(location: found.location, region: region, roleArn: found.roleArn)
        if let other = places[place] ?? resources[resource.arn] {
            let reason =
                "\(resource.name) is target \(other) already, and each would undo what the other's groups say: take the tags off "
                + "it, or one of the two out of the configuration"
            return (configured.found(name, at: configured.location, in: region), SyncError(.unsupported, reason))
        }
        resources[resource.arn] = name
        guard !names.insert(name).inserted else { return (found, nil) }
        let reason =
            "a cluster is called \(resource.name.id), too, so that \(name) would be either: give one of them by its id"
        let other = TargetName("\(name) (instance)")
        return (configured.found(other, at: configured.location, in: region), SyncError(.unsupported, reason))
    }
}

extension TargetName {
    /// The name that stands in the configuration.
    var configured: Substring { rawValue.prefix { $0 != "/" } }

    /// Whether this names something that was found for a target of that name.
    func isFound(by target: TargetName) -> Bool { rawValue.hasPrefix("\(target.rawValue)/") }
}

extension TargetConfiguration {
    /// The tags that lead to it; nil if it is not given by tags.
    var tags: [String: String]? { if case .tagged(let tags) = location { tags } else { nil } }
}

extension RDSTargetName {
    fileprivate var id: String {
        switch self {
        case .cluster(let id), .instance(let id): id
        }
    }

    fileprivate var location: TargetConfiguration.Location {
        switch self {
        case .cluster(let id): .cluster(id)
        case .instance(let id): .instance(id)
        }
    }
}
