// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Everything that is the matter with a configuration, at once.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing that is the matter.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The file.
        public let file: String
        /// The line, from 1, where the format tells it.
        public let line: Int?
        /// Where in the document: `targets[0].port`; empty for the document as a whole.
        public let path: String
        /// What was expected, what was found, and how to mend it.
        ///
        /// Holds no secret.
        public let message: String

        /// One thing that is the matter.
        public init(file: String, line: Int? = nil, path: String = "", message: String) {
            self.file = file
            self.line = line
            self.path = path
            self.message = message
        }

        /// File, line, place and message, as compilers write it.
        public var description: String {
            let place = Printable.escaped(file) + (line.map { ":\($0)" } ?? "")
            return ([place, path].filter { !$0.isEmpty } + [message]).joined(separator: ": ")
        }
    }

    /// What is the matter, in the document's order.
    public let problems: [Problem]

    /// The process's exit code: `EX_CONFIG` of `sysexits.h`.
    public static let exitCode: Int32 = 78

    /// Everything that is the matter.
    public init(problems: [Problem]) { self.problems = problems }

    /// A file that is wrong as a whole.
    init(file: String, _ message: String) {
        self.init(problems: [Problem(file: file, message: message)])
    }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
