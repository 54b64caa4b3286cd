// SPDX-License-Identifier: Apache-2.0

public import SSOSyncConfiguration
internal import Yams

/// Reads YAML: one document, without anchors, aliases, tags and types that are guessed.
public struct YAMLDocumentParser: DocumentParser {
    /// `yaml` and `yml`.
    public let fileExtensions = ["yaml", "yml"]

    /// A parser.
    ///
    /// It has no state.
    public init() {}

    /// Reads a document in YAML.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: Its name, for errors.
    /// - Returns: What it holds, with lines.
    /// - Throws: ``ConfigurationError`` if the text is not YAML, is empty, has several documents, has a key twice, or
    ///   uses what is not supported here.
    public func parse(_ text: String, file: String) throws(ConfigurationError) -> ConfigurationValue {
        guard AliasGuard.admits(text) else {
            throw error(
                file,
                line: nil,
                "has more aliases (*name) than any configuration needs; they are not supported here"
            )
        }
        do throws(YAMLProblem) {
            return try value(of: text)
        } catch {
            throw self.error(file, line: error.line, error.message)
        }
    }

    private func value(of text: String) throws(YAMLProblem) -> ConfigurationValue {
        // Nodes refer weakly to their anchors: the parser, which owns these, has to live until nodes were looked at.
        let parser: Parser
        let root: Node?
        do {
            // No types are guessed: `yes` and `"yes"` are one key, and comparing keys is cheap.
            parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            root = try parser.singleRoot()
        } catch {
            throw YAMLProblem(error)
        }
        guard let root else { throw YAMLProblem(line: nil, message: "is empty") }
        let result = Result { () throws(YAMLProblem) in try YAMLTree.value(root, depth: 0) }
        withExtendedLifetime(parser) {}
        return try result.get()
    }

    private func error(_ file: String, line: Int?, _ message: String) -> ConfigurationError {
        ConfigurationError(problems: [ConfigurationError.Problem(file: file, line: line, message: message)])
    }
}
