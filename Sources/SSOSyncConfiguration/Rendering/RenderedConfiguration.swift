// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncDigest

/// A configuration as JSON, which the Lambda function reads.
///
/// It says what the document says, in its order and without comments; what the document leaves to defaults is left to them here, too.
public struct RenderedConfiguration: Hashable, Sendable {
    /// The document, with a line feed at its end.
    public let text: String
    /// What the function that the templates make cannot do of it, a line for each.
    public let remarks: [String]
    /// What the function pins: the SHA-256 of the text.
    public var checksum: String { SHA256.digest(Array(text.utf8)).hexadecimal }

    /// Reads a configuration and renders it.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - documents: Knows the formats.
    /// - Throws: ``ConfigurationError`` with everything that is the matter, or if there is a secret in it.
    public init(path: String, documents: DocumentReader) throws(ConfigurationError) {
        let document = try documents.document(at: path, limit: DocumentReader.configurationLimit)
        let configuration = try ConfigurationFile(document, path: path)
        try Self.refuseSecrets(configuration)
        remarks = Self.remarks(configuration)
        text = "\(Self.json(document, indentation: ""))\n"
        // Whoever pins it must have checked the very same.
        let rendered = try JSONDocumentParser().parse(text, file: path)
        guard try ConfigurationFile(rendered, path: path) == configuration else {
            throw ConfigurationError(file: path, "would be another configuration in JSON: write it in JSON")
        }
    }

    /// A webhook's address often is a secret, and what is rendered lies about.
    private static func refuseSecrets(_ configuration: ConfigurationFile) throws(ConfigurationError) {
        let problems = configuration.notify.enumerated().compactMap { index, notifier -> ConfigurationError.Problem? in
            guard case .webhook(let webhook, _) = notifier, case .text = webhook.url else { return nil }
            return ConfigurationError.Problem(
                file: configuration.path,
                path: "notify[\(index)].webhook.url",
                message: "may be a secret, and secrets are not rendered: give urlFile, with the file in the zip"
            )
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    private static func remarks(_ configuration: ConfigurationFile) -> [String] {
        owner(configuration) + stores(configuration) + targets(configuration) + webhooks(configuration)
            + files(configuration)
    }

    /// The templates name everything by the owner, and AWS takes no longer names, nor dots in all of them.
    private static func owner(_ configuration: ConfigurationFile) -> [String] {
        let name = configuration.owner.rawValue.utf8
        let isTaken =
            name.count <= 24 && name.first.map(Element.isLetterOrDigit) == true
            && name.allSatisfy { Element.isLetterOrDigit($0) || "_-".utf8.contains($0) }
        guard !isTaken else { return [] }
        return [
            "owner: the templates take 1 to 24 letters, digits, - and _, of which the first is a letter or a digit: "
                + "choose another while there are no accounts, since a new owner lets go of those of the old one"
        ]
    }

    /// The templates let the function read one store, and find none.
    private static func stores(_ configuration: ConfigurationFile) -> [String] {
        guard case .identityCenter(let center) = configuration.directory, center.identityStoreId == nil else {
            return []
        }
        return [
            "directory.identityCenter.identityStoreId: the templates do not let the function find the store: "
                + "give its id, which aws sso-admin list-instances says"
        ]
    }

    /// The function refuses targets that it would have to look for, and the templates set no variables but the program's own.
    private static func targets(_ configuration: ConfigurationFile) -> [String] {
        configuration.targets.enumerated().flatMap { index, target -> [String] in
            var remarks: [String] = []
            if case .tagged = target.location {
                remarks.append(
                    "targets[\(index)].tagged: the function does not look for tags yet, and refuses this: "
                        + "give \(target.name) by cluster or instance"
                )
            }
            if case .passwordVariable = target.login { remarks.append(remark("targets[\(index)].login", "password")) }
            return remarks
        }
    }

    private static func webhooks(_ configuration: ConfigurationFile) -> [String] {
        configuration.notify.enumerated().flatMap { index, notifier -> [String] in
            guard case .webhook(let webhook, _) = notifier else { return [] }
            let places: [(key: String, place: WebhookConfiguration.Place?)] = [
                ("url", webhook.url), ("secret", webhook.secret),
            ]
            return places.compactMap { key, place -> String? in
                guard case .variable? = place else { return nil }
                return remark("notify[\(index)].webhook", key)
            }
        }
    }

    /// A function can write below `/tmp` alone, and its processes do not share that.
    private static func files(_ configuration: ConfigurationFile) -> [String] {
        var files: [(place: String, path: String?)] = [("notifyMemory", configuration.notifyMemory)]
        if case .snapshot(let snapshot) = configuration.directory {
            files.append(("directory.snapshot.memory", snapshot.memory))
        }
        let elsewhere = files.compactMap { place, path -> String? in
            guard let path, !path.hasPrefix("/tmp/") else { return nil }
            return "\(place): the function can write below /tmp only, where a file lasts as long as the process: "
                + "give one there, or leave it out"
        }
        guard configuration.targetMemory != nil else { return elsewhere }
        return elsewhere + [
            "targetMemory: the function's processes share no file, and it refuses this: leave it out"
        ]
    }

    private static func remark(_ place: String, _ key: String) -> String {
        "\(place).\(key)Variable: the templates set no such variable for the function: give \(key)File, with the file in the zip"
    }

    // MARK: JSON

    /// The keys whose values are numbers.
    ///
    /// In YAML only the reader knows whether a word is one: a role may well be called `0123`.
    private static let numbers: Set<String> = [
        "version", "requestsPerSecond", "removals", "percent", "joins", "ring", "port", "maxMembers", "days",
    ]
    /// The keys whose values are mappings with keys of people's own.
    private static let mappings: Set<String> = ["groups", "tagged"]

    /// - Parameters:
    ///   - isNumber: Whether a number is expected.
    ///   - isMapping: Whether its keys, if it has any, are people's own.
    private static func json(
        _ value: ConfigurationValue,
        indentation: String,
        isNumber: Bool = false,
        isMapping: Bool = false
    ) -> String {
        let inner = indentation + "  "
        switch value.content {
        case .null: return "null"
        case .boolean(let flag): return "\(flag)"
        case .integer(let number): return "\(number)"
        case .double(let number): return "\(number)"
        case .string(let text): return quoted(text)
        case .plain(let text):
            return isNumber ? text : Element(value, log: ProblemLog(file: "")).isNull ? "null" : quoted(text)
        case .array(let elements):
            let parts = elements.map { json($0, indentation: inner) }
            let isShort = !elements.contains(where: \.isContainer)
            return isShort ? "[\(parts.joined(separator: ", "))]" : block("[", parts, "]", indentation)
        case .object(let members):
            let parts = members.map { member in
                let value = json(
                    member.value,
                    indentation: inner,
                    isNumber: !isMapping && numbers.contains(member.key),
                    isMapping: !isMapping && mappings.contains(member.key)
                )
                return "\(quoted(member.key)): \(value)"
            }
            return members.isEmpty ? "{}" : block("{", parts, "}", indentation)
        }
    }

    private static func block(_ start: String, _ parts: [String], _ end: String, _ indentation: String) -> String {
        "\(start)\n" + parts.map { "\(indentation)  \($0)" }.joined(separator: ",\n") + "\n\(indentation)\(end)"
    }

    private static func quoted(_ text: String) -> String { String(decoding: CanonicalJSON.bytes(text), as: UTF8.self) }
}

extension ConfigurationValue {
    fileprivate var isContainer: Bool {
        switch content {
        case .array, .object: true
        case .null, .boolean, .integer, .double, .string, .plain: false
        }
    }
}
