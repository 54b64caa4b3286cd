// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

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
    /// The lines of its parts are not known.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: Its name, for errors.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` if the text is not JSON, or if a mapping has a key twice.
    public func parse(_ text: String, file: String) throws(ConfigurationError) -> ConfigurationValue {
        let document: JSONReader.Document
        do {
            document = try JSONReader.document(text)
        } catch {
            throw Self.refusal(error, file: file)
        }
        // A group that is mapped twice must not pass unseen.
        guard document.duplicates.isEmpty else { throw Self.refusal(document.duplicates, file: file) }
        return document.value
    }

    private static func refusal(_ duplicates: [JSONReader.DuplicateKey], file: String) -> ConfigurationError {
        ConfigurationError(
            problems: duplicates.map {
                ConfigurationError.Problem(
                    file: file,
                    line: $0.line,
                    message: "the key \(Printable.quoted($0.key)) stands twice in one mapping"
                )
            }
        )
    }

    private static func refusal(_ mistake: JSONReader.Mistake, file: String) -> ConfigurationError {
        ConfigurationError(problems: [
            ConfigurationError.Problem(
                file: file,
                line: mistake.line,
                message: "is not JSON: expected \(mistake.expected)"
            )
        ])
    }
}
