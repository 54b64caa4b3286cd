// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncYAML

/// Documents to read, and what reading them comes to.
enum Sample {
    static let documents = DocumentReader([YAMLDocumentParser()])

    /// The smallest target that is right, in JSON.
    static let target = #"{"name": "orders", "engine": "postgres", "host": "db", "user": "p", "groups": ["dba"]}"#

    /// A document in JSON with these targets and other members.
    static func json(targets: String = target, _ others: String = "") -> String {
        #"{"version": 1, "owner": "prod", "directory": {"file": {"path": "people.yaml"}}, "targets": [\#(targets)]\#(others)}"#
    }

    /// A document in JSON with one target that has further members, or other ones in place of its own.
    static func json(target members: String) -> String {
        let defaults = [
            "name": #""orders""#, "engine": #""postgres""#, "host": #""db""#, "user": #""p""#, "groups": #"["dba"]"#,
        ]
        let isGiven = { (key: String) in members.hasPrefix("\"\(key)\":") || members.contains(", \"\(key)\":") }
        let kept = defaults.filter { !isGiven($0.key) }.sorted { $0.key < $1.key }
        return json(targets: "{\((kept.map { "\"\($0.key)\": \($0.value)" } + [members]).joined(separator: ", "))}")
    }

    /// Reads a configuration.
    static func configuration(_ text: String, file: String) throws -> ConfigurationFile {
        try ConfigurationFile(documents.document(Array(text.utf8), file: file), path: file)
    }

    /// What is the matter with a configuration; empty if nothing is.
    static func problems(_ text: String, file: String = "c.yaml") throws -> [String] {
        do {
            _ = try configuration(text, file: file)
            return []
        } catch let error as ConfigurationError {
            return error.problems.map(\.description)
        }
    }

    /// A document in YAML whose target has these lines more.
    static func yaml(_ lines: String = "", engine: String = "postgres") -> String {
        """
        version: 1
        owner: prod
        directory:
          file: { path: people.yaml }
        targets:
          - name: orders
            engine: \(engine)
            host: db.example.com
            user: sso_provisioner
        \(lines.isEmpty ? "    groups: [dba]" : lines)
        """
    }
}
