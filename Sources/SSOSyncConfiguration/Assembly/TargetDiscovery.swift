// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncCore

extension ConfigurationFile {
    /// The configuration with what carries the tags in the place of each target that is given by tags.
    ///
    /// Nothing is looked up if nobody works on such a target. If somebody does, all of them are, but for a person who logs in:
    /// what two of them lead to would be worked on by neither. A look-up that fails fails its target alone, when a session is
    /// opened.
    ///
    /// - Parameters:
    ///   - names: The targets to work on, as somebody has typed them: the name in the configuration, or that of one that was
    ///     found; empty for all.
    ///   - aws: How AWS is reached; nil for as the environment says.
    ///   - environment: The process's environment variables, which credentials are looked for in.
    ///   - isPersonal: Whether a person logs in, who assumes no role for it.
    /// - Throws: ``ConfigurationError`` if a Region is missing, or a role cannot be assumed.
    public func discovering(
        _ names: [String] = [],
        aws: AWSAccess? = nil,
        environment: [String: String],
        isPersonal: Bool = false
    ) async throws(ConfigurationError) -> ConfigurationFile {
        let names = names.map { TargetName($0) }
        let wanted = targets.filter { target in
            target.tags != nil && (names.isEmpty || names.contains { $0 == target.name || $0.isFound(by: target.name) })
        }
        guard !wanted.isEmpty else { return self }
        let discovery = TargetDiscovery(
            self,
            aws: aws ?? AWSAccess(environment: environment),
            environment: environment,
            isPersonal: isPersonal
        )
        return try await discovery.discovered(wanted: Set(wanted.map(\.name)))
    }
}

extension ConfigurationFile {
    /// The configuration with a target for each of these that is found no more, which fails for that.
    ///
    /// So that what was approved for the others is applied, and what was approved for this one is not forgotten.
    ///
    /// - Parameter names: The targets that were approved, after ``discovering(_:aws:environment:isPersonal:)``.
    public func keeping(_ names: [String]) -> ConfigurationFile {
        var configuration = self
        for name in names.map({ TargetName($0) }) where !targets.contains(where: { $0.name == name }) {
            let siblings = targets.filter { $0.name.configured == name.configured && $0.name != name }
            // One that stands for itself failed as a whole, and says why.
            guard let sibling = siblings.first(where: { $0.name.configured != $0.name }) else { continue }
            configuration.targets.append(sibling.found(name, at: .tagged([:]), in: sibling.region ?? ""))
            configuration.undiscovered[name] = SyncError(
                .lookUp,
                "target \(name) was approved, and carries its tags no more: make a new plan"
            )
        }
        return configuration
    }
}

/// Looks for what carries tags, and makes a target of each.
private struct TargetDiscovery {
    private let configuration: ConfigurationFile
    private let aws: AWSAccess
    private let assembler: TargetAssembler
    private let isPersonal: Bool

    init(_ configuration: ConfigurationFile, aws: AWSAccess, environment: [String: String], isPersonal: Bool) {
        self.configuration = configuration
        self.aws = aws
        self.isPersonal = isPersonal
        assembler = TargetAssembler(configuration, aws: aws, environment: environment)
    }

    func discovered(wanted: Set<TargetName>) async throws(ConfigurationError) -> ConfigurationFile {
        let results = await (try searches(wanted)).concurrently { try await resources($0) }
        var rivals = Rivals(configuration, regions: aws.regions)
        for (search, result) in results { rivals.note((try? result.get()) ?? [], foundBy: search.target.name) }
        var discovered = configuration
        var found: [TargetName: [TargetConfiguration]] = [:]
        for (search, result) in results {
            do {
                let those = targets(try result.get(), of: search, rivals)
                found[search.target.name] = those.map { $0.target }
                for (target, problem) in those { discovered.undiscovered[target.name] = problem }
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
        let targets = configuration.targets.filter { $0.tags != nil && (!isPersonal || wanted.contains($0.name)) }
        let searches = targets.compactMap { target -> Search? in
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
        if !isPersonal, let account = search.target.account { return "account \(account)" }
        guard let caller = try? await aws.caller(region: search.account.region) else {
            return "the account of these credentials"
        }
        return "account \(caller.account)"
    }

    // MARK: What was found

    /// The targets that these become, and why one cannot be worked on, if so: then it is at no place.
    private func targets(
        _ resources: [RDSTaggedResource],
        of search: Search,
        _ rivals: Rivals
    ) -> [(target: TargetConfiguration, problem: SyncError?)] {
        let (configured, region) = (search.target, search.account.region)
        var names: Set<TargetName> = []
        return resources.map { resource -> (target: TargetConfiguration, problem: SyncError?) in
            let name = TargetName("\(configured.name)/\(resource.name.id)")
            guard names.insert(name).inserted else {
                let other = TargetName("\(name) (instance)")
                let target = configured.found(other, at: configured.location, in: region)
                return (target, Self.ambiguity(of: name, resource))
            }
            let problem =
                isPersonal ? Self.strangeness(of: resource, configured) : rivals.conflict(over: resource, search)
            let location = problem == nil ? resource.name.location : configured.location
            return (configured.found(name, at: location, in: region), problem)
        }
    }

    private static func ambiguity(of name: TargetName, _ resource: RDSTaggedResource) -> SyncError {
        SyncError(
            .unsupported,
            "a cluster is called \(resource.name.id), too, so that \(name) would be either: give one of them by its id"
        )
    }

    /// Why what a person has found is not the target: without its role they may look in another account.
    private static func strangeness(of resource: RDSTaggedResource, _ target: TargetConfiguration) -> SyncError? {
        guard let account = target.account, let own = resource.arn.accountOfARN, own != account else { return nil }
        return SyncError(
            .lookUp,
            "\(resource.name) carries the tags, and is not it: your credentials look in account \(own), and target "
                + "\(target.name) is in account \(account): log in to that one"
        )
    }

    private static func text(_ tags: [String: String]) -> String {
        let tags = tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        return "the tags \(Printable.escaped(tags))"
    }

    private static func syncError(_ error: any Error) -> SyncError {
        error as? SyncError ?? SyncError(.lookUp, "what carries the tags could not be looked up: \(error)")
    }
}

/// Finds out who else works on what was found, so that each would undo what the other's groups say.
///
/// It depends on no other look-up, which may fail today; and a Region or an account that nobody knows counts as the same one.
private struct Rivals {
    private let targets: [TargetConfiguration]
    /// Where targets are that name no Region; nil if nobody knows.
    private let region: String?
    /// Those that have found something, by its ARN.
    private var finders: [String: Set<TargetName>] = [:]

    /// - Parameter regions: Where targets are that name no Region, the first one counts.
    init(_ configuration: ConfigurationFile, regions: [String]) {
        (targets, region) = (configuration.targets, regions.first)
    }

    mutating func note(_ resources: [RDSTaggedResource], foundBy name: TargetName) {
        for resource in resources { finders[resource.arn, default: []].insert(name) }
    }

    /// Why something is not worked on for the target that it was found for; nil if nobody else does.
    func conflict(over resource: RDSTaggedResource, _ search: TargetDiscovery.Search) -> SyncError? {
        let other = targets.first { target in
            target.name != search.target.name && isMeant(resource, in: search.account.region, by: target)
        }
        guard let other else { return nil }
        let isTagged = other.tags != nil
        let what = isTagged ? "target \(other.name)'s by its tags, too" : "target \(other.name) already"
        let remedy = "take the tags\(isTagged ? " of one" : "") off it, or one of the two out of the configuration"
        return SyncError(
            .unsupported,
            "\(resource.name) is \(what), and each would undo what the other's groups say: \(remedy)"
        )
    }

    private func isMeant(_ resource: RDSTaggedResource, in region: String, by target: TargetConfiguration) -> Bool {
        switch target.location {
        case .server(let server):
            return server.plainEndpoints.contains { resource.endpoints.contains($0.host) }
        case .cluster, .instance:
            return target.location == resource.name.location && mayLook(target, at: resource, in: region)
        case .tagged(let tags):
            if finders[resource.arn]?.contains(target.name) == true { return true }
            let areCarried = tags.allSatisfy { resource.tags[$0.key] == $0.value }
            return areCarried && mayLook(target, at: resource, in: region)
        }
    }

    private func mayLook(_ target: TargetConfiguration, at resource: RDSTaggedResource, in region: String) -> Bool {
        Self.mayBeSame(target.region ?? self.region, region)
            && Self.mayBeSame(target.account, resource.arn.accountOfARN)
    }

    private static func mayBeSame(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return true }
        return left == right
    }
}

extension TargetName {
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
