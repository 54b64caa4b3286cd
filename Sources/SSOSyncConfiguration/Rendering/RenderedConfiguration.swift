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

    /// The templates let the function read one store and find none, and set no variables but the program's own.
    private static func remarks(_ configuration: ConfigurationFile) -> [String] {
        var stores: [String] = []
        if case .identityCenter(let center) = configuration.directory, center.identityStoreId == nil {
            stores = [
                "directory.identityCenter.identityStoreId: the templates do not let the function find the store: "
                    + "give its id, which aws sso-admin list-instances says"
            ]
        }
        let logins = configuration.targets.enumerated().compactMap { index, target -> String? in
            guard case .passwordVariable = target.login else { return nil }
            return remark("targets[\(index)].login", "password")
        }
        let webhooks = configuration.notify.enumerated().flatMap { index, notifier -> [String] in
            guard case .webhook(let webhook, _) = notifier else { return [] }
            let places: [(key: String, place: WebhookConfiguration.Place?)] = [
                ("url", webhook.url), ("secret", webhook.secret),
            ]
            return places.compactMap { key, place -> String? in
                guard case .variable? = place else { return nil }
                return remark("notify[\(index)].webhook", key)
            }
        }
        return stores + logins + webhooks
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
