// SPDX-License-Identifier: Apache-2.0

/// Reads one format of documents.
public protocol DocumentParser: Sendable {
    /// The endings of names of files in this format, in lower case and without the dot.
    var fileExtensions: [String] { get }

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: Its name, for errors.
    /// - Returns: What it holds.
    /// - Throws: ``ConfigurationError`` if the document is empty or is not in this format.
    func parse(_ text: String, file: String) throws(ConfigurationError) -> ConfigurationValue
}
