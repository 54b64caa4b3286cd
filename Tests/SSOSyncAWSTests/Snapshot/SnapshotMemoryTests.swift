// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("What remembers the latest snapshot")
struct SnapshotMemoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func stamp(_ sequence: Int64, at seconds: Int64? = nil, _ digest: String = "d") -> SnapshotStamp {
        SnapshotStamp(
            sequence: sequence,
            asOf: Timestamp(secondsSince1970: seconds ?? sequence),
            digest: digest
        )
    }

    private var memories: [any SnapshotMemory] {
        [ProcessSnapshotMemory(), FileSnapshotMemory(path: folder.file("seen.json"))]
    }

    @Test func `the same one and later ones pass, and nothing else`() async throws {
        for memory in memories {
            try await memory.admit(stamp(5), of: "d-1")
            try await memory.admit(stamp(5), of: "d-1")
            for other in [stamp(4), stamp(5, "other"), stamp(5, at: 6), stamp(6, at: 4), stamp(4, at: 9)] {
                let error = await #expect(throws: SnapshotRefusal.self) { try await memory.admit(other, of: "d-1") }
                #expect(error?.code == .superseded)
            }
            try await memory.admit(stamp(6, at: 5), of: "d-1")
            await #expect(throws: SnapshotRefusal.self) { try await memory.admit(stamp(5), of: "d-1") }
            try await memory.admit(stamp(1), of: "d-2")
        }
    }

    private func stamp(_ sequence: Int64, _ digest: String) -> SnapshotStamp { stamp(sequence, at: nil, digest) }

    @Test func `a file remembers from one process to the next`() throws {
        let path = folder.file("seen.json")
        try FileSnapshotMemory(path: path).admit(stamp(5), of: "d-1")
        #expect(throws: SnapshotRefusal.self) { try FileSnapshotMemory(path: path).admit(stamp(4), of: "d-1") }
        try FileSnapshotMemory(path: path).admit(stamp(4), of: "d-2")
        #expect(throws: SnapshotRefusal.self) { try FileSnapshotMemory(path: path).admit(stamp(4), of: "d-1") }
    }

    @Test func `of many who come at once, none makes it forget the latest`() async throws {
        let path = folder.file("seen.json")
        await withTaskGroup(of: Void.self) { tasks in
            for sequence in Int64(1)...40 {
                tasks.addTask { try? FileSnapshotMemory(path: path).admit(stamp(sequence), of: "d-1") }
            }
        }
        try FileSnapshotMemory(path: path).admit(stamp(40), of: "d-1")
        #expect(throws: SnapshotRefusal.self) { try FileSnapshotMemory(path: path).admit(stamp(39), of: "d-1") }
    }

    @Test(arguments: ["", "{}", "[]", #"{"directories":{},"kind":"sso-sync snapshot memory","version":2}"#])
    func `a file that is no memory is not taken for an empty one`(text: String) throws {
        let memory = FileSnapshotMemory(path: try folder.write(text, to: "seen.json"))
        let error = #expect(throws: SyncError.self) { try memory.admit(stamp(1), of: "d-1") }
        #expect(error?.message.contains("is not a memory of snapshots") == true)
        #expect(folder.contents("seen.json") == Array(text.utf8))
    }

    @Test func `a memory that cannot be written lets nothing pass`() {
        let memory = FileSnapshotMemory(path: folder.file("none/seen.json"))
        let error = #expect(throws: SyncError.self) { try memory.admit(stamp(1), of: "d-1") }
        #expect(error?.message.contains("see who may write into its folder") == true)
    }
}
