// SPDX-License-Identifier: Apache-2.0

/// Collects what is the matter with a document, so that all of it can be told in one go.
final class ProblemLog {
    let file: String
    private(set) var problems: [ConfigurationError.Problem] = []

    init(file: String) { self.file = file }

    /// Takes a problem down, once: what was found by tags has the same in common.
    func add(_ message: String, at path: ValuePath, line: Int?) {
        let problem = ConfigurationError.Problem(file: file, line: line, path: path.description, message: message)
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// - Throws: ``ConfigurationError`` if there are problems, in the order of lines where these are known.
    func throwIfAny() throws(ConfigurationError) {
        guard !problems.isEmpty else { return }
        let ordered = problems.enumerated().sorted { left, right in
            (left.element.line ?? 0, left.offset) < (right.element.line ?? 0, right.offset)
        }
        throw ConfigurationError(problems: ordered.map(\.element))
    }
}
