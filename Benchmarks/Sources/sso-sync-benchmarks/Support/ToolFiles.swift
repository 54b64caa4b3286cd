// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore

/// A configuration and directories in files, for the program.
struct ToolFiles {
    enum Directory {
        /// Everybody is in both groups.
        case joined
        /// Everybody but one has left. A group that lost everybody would trip the brake.
        case left
    }

    private let tool: String
    private let configurations: [Directory: TemporaryFile]
    private let directories: [TemporaryFile]

    init(_ server: Server, tool: String, people: Int) throws {
        self.tool = tool
        let joined = try TemporaryFile(Self.directory(people + 1, members: 0...people), suffix: ".json")
        let left = try TemporaryFile(Self.directory(people + 1, members: people...people), suffix: ".json")
        directories = [joined, left]
        configurations = [
            .joined: try TemporaryFile(try Self.configuration(server, joined.path), suffix: ".json"),
            .left: try TemporaryFile(try Self.configuration(server, left.path), suffix: ".json"),
        ]
    }

    /// - Parameter released: The hash of removals that somebody allows by hand.
    /// - Returns: How long the process took.
    func apply(_ directory: Directory, releasing released: String? = nil) throws -> Double {
        let start = ContinuousClock.now
        try run(["apply"] + (released.map { ["--allow-removals", $0] } ?? []), directory, status: 0)
        return start.duration(to: .now) / .seconds(1)
    }

    /// The hash of the removals that the next run would make.
    func removalsHash(_ directory: Directory) throws -> String {
        let text = try run(["plan", "--format", "json"], directory, status: 2).output
        guard let hash = text.firstMatch(of: /"removalsHash" *: *"([0-9a-f]+)"/) else {
            throw Trouble("the plan has no removals: \(text.prefix(500))")
        }
        return String(hash.1)
    }

    @discardableResult
    private func run(_ arguments: [String], _ directory: Directory, status: Int32) throws -> Program {
        let environment = [
            "AWS_ACCESS_KEY_ID": Server.credentials.accessKeyId,
            "AWS_SECRET_ACCESS_KEY": Server.credentials.secretAccessKey,
        ]
        let path = configurations[directory]?.path ?? ""
        let program = try Program([tool] + arguments + ["--config", path], environment: environment)
        let found = program.wait()
        guard found == status else {
            throw Trouble("sso-sync ended with \(found): \(program.errors)\(program.output.suffix(1_000))")
        }
        return program
    }

    private static func directory(_ people: Int, members: ClosedRange<Int>) throws -> String {
        let users = (0..<people).map { ["id": People.user($0).rawValue, "userName": People.name($0).rawValue] }
        let ids = members.map { People.user($0).rawValue }
        let groups = Deployment.roles.map { ["id": "g-\($0)", "name": "\($0)", "members": ids] as [String: Any] }
        return try json(["id": Deployment.directoryId.rawValue, "people": users, "groups": groups])
    }

    private static func configuration(_ server: Server, _ directory: String) throws -> String {
        let target: [String: Any] = [
            "name": "orders", "mode": "enforce", "engine": "postgres", "host": "localhost", "port": server.port,
            "region": Server.region, "user": Deployment.login, "tls": ["ca": server.facts["CA"] ?? ""],
            "groups": Deployment.roles.map(\.rawValue), "leavers": ["quarantine": "0d", "then": "drop"],
        ]
        return try json([
            "version": 1, "owner": Deployment.owner.rawValue, "directory": ["file": ["path": directory]],
            "targets": [target], "brake": ["removals": 100_000, "percent": 100, "joins": 100_000],
        ])
    }

    private static func json(_ value: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
    }
}
