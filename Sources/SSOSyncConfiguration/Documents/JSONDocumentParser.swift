// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Reads JSON.
public struct JSONDocumentParser: DocumentParser {
    /// `json`.
    public let fileExtensions = ["json"]

    /// A parser.
    ///
    /// It has no state.
    public init() {}

    /// Reads a document in JSON.
    ///
    /// The lines of its parts are not known, and its keys are in ascending order.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: Its name, for errors.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` if the text is not JSON, or if a mapping has a key twice.
    public func parse(_ text: String, file: String) throws(ConfigurationError) -> ConfigurationValue {
        // The decoder takes a comma after the last element for granted, which no other reader of the file would.
        if let mistake = JSONSyntax.mistake(in: text) { throw Self.refusal(mistake, file: file) }
        let tree: Tree
        do {
            tree = try JSONDecoder().decode(Tree.self, from: Data(text.utf8))
        } catch {
            // It does not say what displeases it; it may be a number that no computer holds.
            throw ConfigurationError(file: file, "is not JSON")
        }
        let duplicates = DuplicateKeys.inValidJSON(text)
        guard duplicates.isEmpty else {
            throw ConfigurationError(
                problems: duplicates.map {
                    ConfigurationError.Problem(
                        file: file,
                        line: $0.line,
                        message: "the key \(Printable.quoted($0.key)) stands twice in one mapping"
                    )
                }
            )
        }
        return tree.value
    }

    private static func refusal(_ mistake: JSONSyntax.Mistake, file: String) -> ConfigurationError {
        ConfigurationError(problems: [
            ConfigurationError.Problem(
                file: file,
                line: mistake.line,
                message: "is not JSON: expected \(mistake.expected)"
            )
        ])
    }
}

/// Any JSON, whatever it is.
private struct Tree: Decodable {
    let value: ConfigurationValue

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Tries what is most frequent first: every wrong guess costs an error.
    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Key.self) {
            value = ConfigurationValue(.object(try Self.members(container)))
        } else if let container = try? decoder.unkeyedContainer() {
            value = ConfigurationValue(.array(try Self.elements(container)))
        } else {
            value = ConfigurationValue(try Self.scalar(decoder.singleValueContainer()))
        }
    }

    private static func members(_ container: KeyedDecodingContainer<Key>) throws -> [ConfigurationValue.Member] {
        try container.allKeys.sorted { $0.stringValue < $1.stringValue }.map { key in
            if let text = try? container.decode(String.self, forKey: key) {
                return ConfigurationValue.Member(key: key.stringValue, value: ConfigurationValue(.string(text)))
            }
            return ConfigurationValue.Member(
                key: key.stringValue,
                value: try container.decode(Tree.self, forKey: key).value
            )
        }
    }

    private static func elements(_ container: any UnkeyedDecodingContainer) throws -> [ConfigurationValue] {
        var container = container
        var elements: [ConfigurationValue] = []
        elements.reserveCapacity(container.count ?? 0)
        // Lists are mostly of one kind: ten thousand ids, or ten thousand people.
        var guessesText = true
        while !container.isAtEnd {
            if guessesText, let text = try? container.decode(String.self) {
                elements.append(ConfigurationValue(.string(text)))
                continue
            }
            elements.append(try container.decode(Tree.self).value)
            if case .string = elements[elements.count - 1].content { guessesText = true } else { guessesText = false }
        }
        return elements
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> ConfigurationValue.Content {
        if container.decodeNil() { return .null }
        if let text = try? container.decode(String.self) { return .string(text) }
        if let flag = try? container.decode(Bool.self) { return .boolean(flag) }
        if let number = try? container.decode(Int.self) { return .integer(number) }
        return .double(try container.decode(Double.self))
    }
}
