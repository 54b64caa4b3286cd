// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Files that are replaced")
struct GuardedFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? Int
    }

    @Test
    func `a file is replaced whole, by one that only its owner reads if it is a secret, and nothing is left beside it`()
        throws
    {
        let file = GuardedFile(path: folder.file("memory"))
        #expect(try file.read(limit: 1 << 20) == nil)
        let large = [UInt8](repeating: 7, count: 300_000)
        for bytes in [large, [1], []] {
            try file.replace(by: bytes)
            #expect(try file.read(limit: 1 << 20) == bytes)
        }
        try file.replace(bySecret: [2])
        #expect(try mode("memory") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["memory"])
    }

    @Test func `a link stays one, and what it leads to is replaced`() throws {
        try folder.write("old", to: "file")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"),
            withDestinationPath: folder.file("file")
        )
        try GuardedFile(path: folder.file("link")).replace(by: Array("new".utf8))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == folder.file("file"))
        #expect(folder.contents("file") == Array("new".utf8))
    }

    @Test func `a folder that is not there is an error that says where to look`() throws {
        let file = GuardedFile(path: folder.file("nowhere/memory"))
        let error = try #require(throws: SyncError.self) { try file.replace(by: [1]) }
        #expect(error.message.hasSuffix("nowhere/memory cannot be written: see who may write into its folder"))
    }
}
