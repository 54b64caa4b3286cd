// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Reads JSON.
public struct JSONDocumentParser: DocumentParser {
    /// `json`.
    public let fileExtensions = ["json"]

    /// A parser. It has no state.
    public init() {}

    /// Reads a document in JSON. The lines of its parts are not known, and its keys are in ascending order.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: Its name, for errors.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` if the text is not JSON, or if a mapping has a key twice.
    public func parse(_ text: String, file: String) throws(ConfigurationError) -> ConfigurationValue {
        let tree: Tree
        do {
            tree = try JSONDecoder().decode(Tree.self, from: Data(text.utf8))
        } catch {
            throw ConfigurationError(file: file, "is not JSON: \(Self.reason(error))")
        }
        let duplicates = DuplicateKeys.inValidJSON(text)
        guard duplicates.isEmpty else {
            throw ConfigurationError(
                problems: duplicates.map {
                    ConfigurationError.Problem(
                        file: file, line: $0.line, message: "the key \(Printable.quoted($0.key)) stands twice in one mapping"
                    )
                }
            )
        }
        return tree.value
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError, case .dataCorrupted(let context) = error else {
            return "it cannot be read"
        }
        // The decoder's own words name the line and the column, and quote one character at most.
        let words = context.underlyingError.map { "\($0)" } ?? context.debugDescription
        return Printable.escaped(words.hasSuffix(".") ? String(words.dropLast()) : words)
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
        if let scalar = try? decoder.singleValueContainer(), let text = try? scalar.decode(String.self) {
            value = ConfigurationValue(.string(text))
        } else if let container = try? decoder.container(keyedBy: Key.self) {
            value = ConfigurationValue(.object(try Self.members(container)))
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [ConfigurationValue] = []
            while !container.isAtEnd { elements.append(try container.decode(Tree.self).value) }
            value = ConfigurationValue(.array(elements))
        } else {
            value = ConfigurationValue(try Self.scalar(decoder.singleValueContainer()))
        }
    }

    private static func members(_ container: KeyedDecodingContainer<Key>) throws -> [ConfigurationValue.Member] {
        try container.allKeys.sorted { $0.stringValue < $1.stringValue }.map { key in
            ConfigurationValue.Member(key: key.stringValue, value: try container.decode(Tree.self, forKey: key).value)
        }
    }

    private static func scalar(_ container: any SingleValueDecodingContainer) throws -> ConfigurationValue.Content {
        if container.decodeNil() { return .null }
        if let flag = try? container.decode(Bool.self) { return .boolean(flag) }
        if let number = try? container.decode(Int.self) { return .integer(number) }
        return .double(try container.decode(Double.self))
    }
}
