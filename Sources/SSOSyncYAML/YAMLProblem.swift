// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Yams

/// Why a text could not be read as YAML.
struct YAMLProblem: Error {
    let line: Int?
    let message: String

    /// What the scanner notices further on, so that the place is where it began: a quotation mark that is not closed, or a
    /// key without a colon.
    private static let noticedLater: Set<String> = [
        "found unexpected end of stream", "found unexpected document indicator", "could not find expected ':'",
    ]

    init(line: Int?, message: String) {
        self.line = line
        self.message = message
    }

    /// The parser's error without the snippet of the document that it carries, which may show a secret.
    init(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _):
            let place = context.map { " \($0.text)" } ?? ""
            let line = Self.noticedLater.contains(problem) ? context?.mark.line ?? mark.line : mark.line
            self.init(line: line, message: "is not YAML: \(problem)\(place)")
        case .parser(let context, let problem, let mark, _):
            let place = context.map { " \($0.text)" } ?? ""
            self.init(line: mark.line, message: "is not YAML: \(problem)\(place)")
        case .composer(_, let problem, let mark, _):
            let isSecond = problem == "but found another document"
            self.init(
                line: mark.line,
                message: isSecond ? "a second document begins here, and one is expected" : "is not YAML: \(problem)"
            )
        case .reader(let problem, _, _, _): self.init(line: nil, message: "is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { Printable.quoted($0) }.joined(separator: ", ")
            let phrase = duplicates.count == 1 ? "the key \(keys) stands" : "the keys \(keys) stand"
            self.init(line: context.mark.line, message: "\(phrase) twice in one mapping")
        default: self.init(line: nil, message: "is not YAML")
        }
    }
}
