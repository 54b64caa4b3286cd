// SPDX-License-Identifier: Apache-2.0

/// Reads documents from files, each in the format that the file's name tells.
public struct DocumentReader: Sendable {
    /// The most bytes that a configuration file may have.
    public static let configurationLimit = 1 << 20
    /// The most bytes that a file of people and groups may have.
    public static let directoryLimit = 64 << 20

    private let parsers: [any DocumentParser]

    /// A reader for JSON and the formats of these parsers.
    ///
    /// - Parameter parsers: Parsers of further formats. A file whose name tells nothing is read by the first of them,
    ///   unless it looks like JSON.
    public init(_ parsers: [any DocumentParser] = []) {
        self.parsers = parsers + [JSONDocumentParser()]
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes that it may have.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` if the file cannot be read, is too large, is empty or is not in its format.
    public func document(at path: String, limit: Int) throws(ConfigurationError) -> ConfigurationValue {
        let bytes: [UInt8]
        do {
            bytes = try FileReader.bytes(of: path, limit: limit)
        } catch {
            throw ConfigurationError(file: path, error.message)
        }
        return try document(bytes, file: path)
    }

    /// Reads bytes that are in memory.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - file: Its name, which tells the format.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` if the document is empty or is not in its format.
    public func document(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> ConfigurationValue {
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: file, "is not UTF-8 text")
        }
        // A byte order mark is no part of the text.
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        guard text.utf8.contains(where: { !Self.isSpace($0) }) else { throw ConfigurationError(file: file, "is empty") }
        return try parser(file: file, text: text).parse(text, file: file)
    }

    private func parser(file: String, text: String) throws(ConfigurationError) -> any DocumentParser {
        let name = file.split(separator: "/").last ?? ""
        let ending = name.contains(".") ? name.split(separator: ".").last?.lowercased() : nil
        if let parser = parsers.first(where: { $0.fileExtensions.contains(ending ?? "") }) { return parser }
        if let ending, Self.knownExtensions.contains(ending) {
            throw ConfigurationError(file: file, "is YAML, and this program reads JSON only")
        }
        let looksLikeJSON = text.utf8.first { !Self.isSpace($0) } == UInt8(ascii: "{")
        return looksLikeJSON ? JSONDocumentParser() : parsers[0]
    }

    private static let knownExtensions = ["yaml", "yml"]

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
