// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// From a directory to a snapshot to accounts on a server, by the program alone.
@Suite("Snapshots, from end to end", .enabled(if: ServedTool.exists, "the program is not built beside the tests"))
struct SnapshotTests {
    @Test func `people of a snapshot get accounts, and leave with the next one; none comes back with an old one`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let tool = try ServedTool(world)
            let key = try SigningKey()
            try tool.folder.write(bytes: key.privateKey, to: "key.pem")
            try tool.folder.write(bytes: key.publicKey, to: "public.pem")
            let snapshot = "snapshot: { path: s.json, publicKey: public.pem, directoryId: file, memory: seen.json }"
            let configuration = String(decoding: tool.folder.contents("sso-sync.yaml"), as: UTF8.self)
            try tool.folder.write(
                configuration.replacing("file: { path: people.yaml }", with: snapshot),
                to: "reader.yaml"
            )
            func write(_ names: [String]) async throws -> [UInt8] {
                try tool.setMembers(names)
                let outcome = try await tool.run("snapshot", "--out", "s.json", "--key-file", "key.pem")
                #expect(outcome.status == 0, "\(outcome)")
                return tool.folder.contents("s.json")
            }

            let old = try await write(["ann", "bob"])
            #expect(try await tool.run("plan", "-c", "reader.yaml").status == 2)
            let joined = try await tool.run("apply", "-c", "reader.yaml")
            #expect(joined.status == 0, "\(joined)")
            #expect(await world.canLogIn("ann"))
            #expect(await world.canLogIn("bob"))

            let new = try await write(["ann"])
            let left = try await tool.run("apply", "-c", "reader.yaml")
            #expect(left.status == 0, "\(left)")
            #expect(try await world.mayLogIn("bob") == false)

            try tool.folder.write(bytes: old, to: "s.json")
            let replayed = try await tool.run("apply", "-c", "reader.yaml")
            #expect(replayed.status == 69, "\(replayed)")
            let altered = String(decoding: new, as: UTF8.self).replacing("ann", with: "bob")
            try tool.folder.write(altered, to: "s.json")
            #expect(try await tool.run("apply", "-c", "reader.yaml").status == 69)
            #expect(try await world.mayLogIn("bob") == false)

            // Whoever has forgotten the later one still restores nobody: the marker knows when it was decided.
            try tool.folder.write(bytes: old, to: "s.json")
            try tool.folder.write(
                configuration.replacing(
                    "file: { path: people.yaml }",
                    with: snapshot.replacing(", memory: seen.json", with: "")
                ),
                to: "reader.yaml"
            )
            let forgetful = try await tool.run("apply", "-c", "reader.yaml")
            #expect(try await world.mayLogIn("bob") == false, "\(forgetful)")
        }
    }
}
