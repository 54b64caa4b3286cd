// SPDX-License-Identifier: Apache-2.0

public import Logging
internal import SSOSyncCore

/// Checks a configuration, the files that it names, and the directory; asks no database, and sends nothing.
public struct ConfigurationCheck: Sendable {
    private let configuration: ConfigurationFile
    private let source: any IdentitySource
    private let request: DirectoryRequest
    /// What there is beside the directory, a line for each.
    private let parts: [String]

    /// Puts the parts together and checks the files and variables that they need.
    ///
    /// - Parameters:
    ///   - configuration: The configuration, a hub's too.
    ///   - aws: How AWS is reached.
    ///   - environment: The process's environment variables.
    ///   - documents: Knows the formats.
    ///   - logger: Where the parts log.
    /// - Throws: ``ConfigurationError`` with everything that is missing or wrong.
    public init(
        _ configuration: ConfigurationFile,
        aws: AWSAccess,
        environment: [String: String],
        documents: DocumentReader,
        logger: Logger
    ) throws(ConfigurationError) {
        self.configuration = configuration
        if configuration.hub == nil {
            let assembly = try Assembly(
                configuration,
                aws: aws,
                environment: environment,
                documents: documents,
                logger: logger
            )
            try Self.checkServers(of: configuration, region: aws.regions.first)
            (source, request) = (assembly.source, assembly.everyone)
            parts = assembly.targets.map { target in
                let hold = target.policy.hold.map { ". \($0.sentence)" } ?? ""
                return "  \(target.policy.target): mode \(target.policy.mode.rawValue)\(hold)\n"
            }
        } else {
            let hub = try HubAssembly(
                configuration,
                aws: aws,
                environment: environment,
                documents: documents,
                logger: logger
            )
            source = hub.source
            request = DirectoryRequest(groups: hub.groups, scope: .everyone)
            parts = Self.lines(of: hub)
        }
    }

    private static func checkServers(
        of configuration: ConfigurationFile,
        region: String?
    ) throws(ConfigurationError) {
        let shared = SharedServers(configuration.targets, region: region)
        let log = ProblemLog(file: configuration.path)
        for (index, target) in configuration.targets.enumerated() {
            guard let conflict = shared.conflict(of: target.name) else { continue }
            log.add(conflict.message, at: .index(index, of: .key("targets", of: .root)), line: nil)
        }
        try log.throwIfAny()
    }

    private static func lines(of hub: HubAssembly) -> [String] {
        let freeze: [String] =
            switch hub.freeze {
            case .joins: ["  \(Policy.Hold.joinsFrozen.sentence)\n"]
            case .everything: ["  \(Policy.Hold.everythingFrozen.sentence)\n"]
            case nil: []
            }
        let copies = hub.copies.map { "  snapshot: \(Printable.escaped($0.name))\n" }
        let spokes = hub.spokes.map(\.configuration).map { spoke in
            let targets = spoke.targets.map { Printable.escaped($0.rawValue) }.joined(separator: ", ")
            return "  \(spoke.name): \(targets), by \(Printable.escaped(spoke.queueURL))\n"
        }
        return freeze + copies + spokes
    }

    /// Reads the directory.
    ///
    /// - Returns: What was found, for people.
    /// - Throws: What the directory throws.
    public func run() async throws -> String {
        let directory = try await source.directory(request)
        let text =
            "\(Printable.escaped(configuration.path)) is good. Deployment \(configuration.owner), directory "
            + "\(directory.id) with \(TargetRenderer.count(directory.people.count, "person", "people")).\n"
            + parts.joined()
        let pins = UnpinnedGroups(configuration.directoryGroups, in: directory).text()
        return text + (pins.map { "\($0)\n" } ?? "")
    }
}
