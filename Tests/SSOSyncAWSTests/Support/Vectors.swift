// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// The recorded cases in `Vectors/`, read in place: the test bundle does not carry them.
enum Vectors {
    private static let folder = {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return tests.joined(separator: "/") + "/Vectors"
    }()

    /// A file's text.
    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// A JSON file's content.
    static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        try JSONDecoder().decode(type, from: bytes(path))
    }

    /// The names of a folder's folders, sorted; none if it cannot be read, which a test on their number notices.
    static func folders(in path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(path)")) ?? []
        return names.filter { isFolder("\(folder)/\(path)/\($0)") }.sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    private static func bytes(_ path: String) throws -> Data {
        try #require(FileManager.default.contents(atPath: "\(folder)/\(path)"), "cannot read Vectors/\(path)")
    }
}

/// The moment that `2015-08-30T12:36:00Z` names.
func date(_ text: String) throws -> Date {
    try Date(text, strategy: .iso8601)
}
