// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// The whole configuration, read and checked, with defaults filled in.
public struct ConfigurationFile: Hashable, Sendable {
    /// The layout of the document that this code reads.
    public static let version = 1

    /// The deployment, which stands in every marker.
    public let owner: DeploymentOwner
    /// Where people and groups come from.
    public let directory: DirectoryConfiguration
    /// The attribute of a person that becomes the account's name.
    public let accountName: AccountNameAttribute
    /// The targets, in the document's order.
    ///
    /// Those that are given by tags are what ``discovering(_:environment:isPersonal:)`` replaces.
    public internal(set) var targets: [TargetConfiguration]
    /// What a hub sends where; nil for whoever works on databases, and then ``targets`` has some.
    public let hub: HubConfiguration?
    /// How far runs may go, whatever the targets' modes; nil for as far as those do.
    public let rollout: RolloutConfiguration?
    /// Why targets that are given by tags were not found, or cannot be worked on.
    var undiscovered: [TargetName: SyncError] = [:]
    /// Who is told how a run went.
    public let notify: [NotifierConfiguration]
    /// Where the report of each run is kept; nil for nowhere.
    public let reports: ReportsConfiguration?
    /// The file that keeps what notifiers have told, from run to run; nil to remember it as long as the process lasts.
    public let notifyMemory: String?
    /// The file that keeps what targets that pause were in step with, so that full runs need not wake them; nil to wake them.
    public let targetMemory: String?
    /// The file that all of this was read from.
    ///
    /// Relative paths start from its folder.
    public let path: String

    /// Reads a configuration file and checks all that can be told from the document alone.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - documents: Knows the formats.
    /// - Throws: ``ConfigurationError`` with everything that is the matter.
    public init(path: String, documents: DocumentReader) throws(ConfigurationError) {
        let value = try documents.document(at: path, limit: DocumentReader.configurationLimit)
        try self.init(value, path: path)
    }

    /// Checks a document that was read already.
    ///
    /// - Parameters:
    ///   - value: The document.
    ///   - path: The file that it came from.
    /// - Throws: ``ConfigurationError`` with everything that is the matter.
    public init(_ value: ConfigurationValue, path: String) throws(ConfigurationError) {
        let log = ProblemLog(file: path)
        let decoded = ConfigurationDecoder(Element(value, log: log), path: path).decode()
        try log.throwIfAny()
        guard let decoded else { throw ConfigurationError(file: path, "cannot be read") }
        self = decoded
    }

    init(
        owner: DeploymentOwner,
        directory: DirectoryConfiguration,
        accountName: AccountNameAttribute,
        targets: [TargetConfiguration],
        hub: HubConfiguration?,
        rollout: RolloutConfiguration?,
        notify: [NotifierConfiguration],
        reports: ReportsConfiguration?,
        notifyMemory: String?,
        targetMemory: String?,
        path: String
    ) {
        self.owner = owner
        self.directory = directory
        self.accountName = accountName
        self.targets = targets
        self.hub = hub
        self.rollout = rollout
        self.notify = notify
        self.reports = reports
        self.notifyMemory = notifyMemory
        self.targetMemory = targetMemory
        self.path = path
    }
}

extension ConfigurationFile {
    /// The target of a name.
    ///
    /// - Throws: ``UsageError``, with a guess, if there is none, and with the names of all if tags have led to several.
    public func target(named name: String) throws(UsageError) -> TargetConfiguration {
        let targets = try targets(named: name)
        guard targets.count == 1 else {
            let names = targets.map { Printable.escaped($0.name.rawValue) }.joined(separator: ", ")
            throw UsageError("Target \(Printable.quoted(name)) is several: say which of \(names)")
        }
        return targets[0]
    }

    /// The names of targets that somebody has typed; of all that tags have led to, where it is the name of those.
    ///
    /// - Throws: ``UsageError``, with a guess, if there is none of such a name.
    public func names(of targets: [String]) throws(UsageError) -> Set<TargetName> {
        var names: Set<TargetName> = []
        for name in targets { names.formUnion(try self.targets(named: name).map(\.name)) }
        return names
    }

    private func targets(named name: String) throws(UsageError) -> [TargetConfiguration] {
        let name = TargetName(name)
        let exact = targets.filter { $0.name == name }
        guard exact.isEmpty else { return exact }
        let found = targets.filter { $0.name.isFound(by: name) }
        guard found.isEmpty else { return found }
        // What one of them is called is not known while they cannot be looked up.
        let failed = targets.filter { undiscovered[$0.name] != nil && name.isFound(by: $0.name) }
        guard failed.isEmpty else { return failed }
        let known = targets.map(\.name.rawValue)
        let guess = Suggestion.phrase(for: name.rawValue, among: known)
        let list = guess.isEmpty ? Self.list(of: known) : guess
        throw UsageError("There is no target \(Printable.quoted(name.rawValue))\(list)")
    }

    /// `; there are orders, shop`; empty for none, and for more than anybody would look through.
    private static func list(of names: [String]) -> String {
        guard (1...10).contains(names.count) else { return "" }
        let list = names.map { Printable.escaped($0) }.joined(separator: ", ")
        return "; there \(names.count == 1 ? "is" : "are") \(list)"
    }
}

extension ConfigurationFile: Encodable {
    private enum CodingKeys: String, CodingKey {
        case owner, directory, accountName, targets, hub, rollout, notify, reports, notifyMemory, targetMemory
    }

    /// The SHA-256 over what the configuration says, however it is written down and wherever it lies.
    public var fingerprint: String { SHA256.digest(CanonicalJSON.bytes(self)).hexadecimal }

    /// All groups that are mapped, here or by a hub's spokes.
    var directoryGroups: [DirectoryRequest.Group] {
        targets.flatMap(\.groups).map { DirectoryRequest.Group(name: $0.group, pinnedId: $0.pinnedId) }
            + (hub?.spokes.flatMap(\.groups) ?? [])
    }

    /// The file that a path of the configuration means.
    func resolved(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }
}
