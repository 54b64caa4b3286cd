// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import SSOSyncConfiguration
import SSOSyncCore

/// Whom and what a run is limited to.
struct ScopeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this target; may be given several times.", valueName: "name"))
    var target: [String] = []

    @Option(help: ArgumentHelp("Only the targets in this ring.", valueName: "number"))
    var ring: Int?

    @Option(
        help: ArgumentHelp(
            "Only this person, by id or account name; may be given several times.",
            valueName: "id-or-account"
        )
    )
    var person: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only the members of this group and the holders of its roles; may be given several times.",
            valueName: "name"
        )
    )
    var group: [String] = []

    mutating func validate() throws {
        guard person.isEmpty || group.isEmpty else { throw ValidationError("--person and --group exclude each other.") }
        guard target.isEmpty || ring == nil else { throw ValidationError("--target and --ring exclude each other.") }
    }

    var isLimited: Bool { !(target.isEmpty && ring == nil && person.isEmpty && group.isEmpty) }

    /// The names of the targets that were chosen, as the configuration has them; none for all.
    func names(in configuration: ConfigurationFile) throws -> [String] {
        guard let ring else { return target }
        let names = configuration.targets.filter { $0.ring == ring }.map(\.name.rawValue)
        // A hub has no targets at all, which is told once its parts are to be put together.
        guard names.isEmpty, !configuration.targets.isEmpty else { return names }
        let rings = Set(configuration.targets.map(\.ring)).sorted().map { "\($0)" }
        let list =
            rings.count == 1
            ? "ring \(rings[0]) only"
            : "rings \(rings.dropLast().joined(separator: ", ")) and \(rings[rings.count - 1])"
        throw UsageError("No target is in ring \(ring): there are targets in \(list)")
    }

    /// Whom the run is for.
    func request(_ assembly: Assembly, logger: Logger) async throws -> ScopeRequest {
        if !group.isEmpty { return try groups(assembly) }
        return person.isEmpty ? .everyone : try await people(assembly, logger)
    }

    private func groups(_ assembly: Assembly) throws -> ScopeRequest {
        let known = Set(assembly.targets.flatMap { $0.policy.groups.map(\.group.rawValue) })
        for name in group where !known.contains(name) {
            let guess = Suggestion.phrase(for: name, among: known)
            throw UsageError("Group \(Printable.quoted(name)) is mapped on none of the targets\(guess)")
        }
        return .groups(Set(group.map { GroupName($0) }))
    }

    private func people(_ assembly: Assembly, _ logger: Logger) async throws -> ScopeRequest {
        // Names take a reading of everyone.
        guard !person.allSatisfy(assembly.isPersonId) else {
            return .people(Set(person.map { UserId(assembly.personId($0)) }))
        }
        let resolve = PersonResolver(try await assembly.source.directory(assembly.everyone))
        var people: Set<UserId> = []
        for text in person.map(assembly.personId) {
            switch resolve(text) {
            case .person(let id): people.insert(id)
            case .several(let ids):
                let list = ids.map { Printable.quoted($0.rawValue) }.joined(separator: ", ")
                throw UsageError("Several people have the account name \(Printable.quoted(text)): say which of \(list)")
            case .nobody:
                logger.warning(
                    "nobody in the directory has the id or account name; taken for the id of somebody who is gone",
                    metadata: ["person": "\(text)"]
                )
                people.insert(UserId(text))
            }
        }
        return .people(people)
    }
}
