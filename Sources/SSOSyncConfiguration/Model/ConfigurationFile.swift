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
    public let targets: [TargetConfiguration]
    /// Who is told how a run went.
    public let notify: [NotifierConfiguration]
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
        notify: [NotifierConfiguration],
        notifyMemory: String?,
        targetMemory: String?,
        path: String
    ) {
        self.owner = owner
        self.directory = directory
        self.accountName = accountName
        self.targets = targets
        self.notify = notify
        self.notifyMemory = notifyMemory
        self.targetMemory = targetMemory
        self.path = path
    }
}

extension ConfigurationFile {
    /// The target of a name.
    ///
    /// - Throws: ``UsageError``, with a guess, if there is none.
    public func target(named name: String) throws(UsageError) -> TargetConfiguration {
        if let target = targets.first(where: { $0.name == TargetName(name) }) { return target }
        let guess = Suggestion.phrase(for: name, among: targets.map(\.name.rawValue))
        throw UsageError("There is no target \(Printable.quoted(name))\(guess)")
    }
}

extension ConfigurationFile: Encodable {
    private enum CodingKeys: String, CodingKey {
        case owner, directory, accountName, targets, notify, notifyMemory, targetMemory
    }

    /// The SHA-256 over what the configuration says, however it is written down and wherever it lies.
    public var fingerprint: String { SHA256.digest(CanonicalJSON.bytes(self)).hexadecimal }

    /// The file that a path of the configuration means.
    func resolved(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }
}
