// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncTestSupport
import Testing

/// What the documentation says that the sample's variables are here, held to the schema and the templates.
struct DocumentedSettingsTests {
    private struct Row {
        /// The sample's variables.
        let variables: [String]
        let settings: [String]
        let parameters: [String]
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: ChildProcess.root.appending(path: path), encoding: .utf8)
    }

    private static func rows() throws -> [Row] {
        let section = try #require(
            try text("Docs/deploy.md").split(separator: "\n## From the sample\n").dropFirst().first
        )
        let table = section.split(separator: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("| ") }
        return try table.dropFirst().map { line in
            let cells = line.split(separator: "|").map { cell in cell.matches(of: /`([^`]+)`/).map { String($0.1) } }
            try #require(cells.count >= 3, "\(line)")
            return Row(variables: cells[0], settings: cells[1], parameters: cells[2])
        }
    }

    /// A part of the schema, behind its references, and all forms that it may have.
    private static func forms(_ part: [String: Any], of schema: [String: Any]) throws -> [[String: Any]] {
        var part = part
        if let name = (part["$ref"] as? String)?.split(separator: "/").last {
            part = try #require((schema["$defs"] as? [String: [String: Any]])?[String(name)])
        }
        let others = ["oneOf", "anyOf", "allOf"].flatMap { part[$0] as? [[String: Any]] ?? [] }
        return try [part] + others.flatMap { try forms($0, of: schema) }
    }

    /// What the schema has under this key.
    private static func parts(_ key: Substring, of forms: [[String: Any]]) -> [[String: Any]] {
        forms.compactMap { ($0["properties"] as? [String: Any])?[String(key)] as? [String: Any] }
    }

    /// Whether the schema has a setting such as `….user`, with `…` for a target, or `owner`, or `accountName: userName`.
    private static func has(_ setting: String) throws -> Bool {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.text.utf8)) as? [String: Any]
        )
        let halves = setting.split(separator: ": ", maxSplits: 1)
        var parts = [schema]
        for key in halves[0].split(separator: ".") {
            let reached = try parts.flatMap { try forms($0, of: schema) }
            guard key == "…" else {
                parts = Self.parts(key, of: reached)
                continue
            }
            let targets = try Self.parts("targets", of: reached).flatMap { try Self.forms($0, of: schema) }
            parts = targets.compactMap { $0["items"] as? [String: Any] }
        }
        guard halves.count == 2 else { return !parts.isEmpty }
        return try parts.flatMap { try forms($0, of: schema) }
            .contains { ($0["enum"] as? [String])?.contains(String(halves[1])) == true }
    }

    @Test func `what stands for the sample's variables are settings that there are`() throws {
        let rows = try Self.rows()
        #expect(rows.count == 18 && rows.flatMap(\.variables).contains("IAM_IDC_GROUP_NAMES"))
        let settings = rows.flatMap(\.settings)
        #expect(settings.count == 12)
        for setting in settings { #expect(try Self.has(setting), "the schema has no \(setting)") }
        for other in ["….zone", "user", "directory.region", "accountName: shoeSize"] { #expect(try !Self.has(other)) }
    }

    @Test func `what stands for them in the templates are parameters, and files, that there are`() throws {
        let template = try Self.text("Deploy/cloudformation/single.yaml")
        let lines = template.split(separator: "\n").drop { $0 != "Parameters:" }.dropFirst().prefix {
            $0.hasPrefix(" ")
        }
        let parameters = Set(lines.compactMap { $0.firstMatch(of: /^  ([A-Za-z]+):/).map { String($0.1) } })
        #expect(parameters.count > 20)
        let names = try Self.rows().flatMap(\.parameters)
        #expect(Set(names).isSuperset(of: ["ProvisionerArns", "Policies/people.json"]))
        for name in names {
            let exists =
                name.contains("/")
                ? FileManager.default.fileExists(atPath: ChildProcess.root.appending(path: name).path)
                : parameters.contains(name)
            #expect(exists, "the templates have no \(name)")
        }
    }
}
