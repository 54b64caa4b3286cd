// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder of a test's own, which goes away with its owner.
///
/// What a run that was killed leaves behind goes a day later, when another one needs a folder.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path = "\(Self.all)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// What a file holds; empty if there is none.
    package func contents(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: file(name)).map(Array.init) ?? []
    }

    /// Writes a file, and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        try write(bytes: Array(text.utf8), to: name)
    }

    /// Writes a file, in folders that are made, and returns its path.
    @discardableResult
    package func write(bytes: [UInt8], to name: String) throws -> String {
        let folder = URL(filePath: file(name)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: file(name)))
        return file(name)
    }

    /// Holds the folders of all tests; one for each user, who could not write into another's.
    private static let all: String = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sso-sync-tests-\(getuid())")
        let path = folder.path(percentEncoded: false)
        removeLeftovers(in: path)
        return path
    }()

    private static func removeLeftovers(in folder: String) {
        let files = FileManager.default
        let yesterday = Date.now.addingTimeInterval(-86_400)
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            let attributes = try? files.attributesOfItem(atPath: path)
            guard let changed = attributes?[.modificationDate] as? Date, changed < yesterday else { continue }
            try? files.removeItem(atPath: path)
        }
    }
}
