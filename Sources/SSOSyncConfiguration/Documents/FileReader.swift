// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#else
    private import Darwin
#endif

/// Reads files that somebody named, whatever they turn out to be: a pipe, a folder, or something without an end.
package enum FileReader {
    /// Why a file could not be read: half a sentence that follows the file's name.
    package struct Failure: Error {
        package let message: String
    }

    /// The file's bytes.
    ///
    /// - Throws: ``Failure`` if the file cannot be read or holds more than the limit.
    package static func bytes(of path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let chunk = try chunk(of: descriptor, atMost: min(1 << 18, limit + 1 - bytes.count))
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
        }
        throw Failure(message: "is larger than \(size(limit))")
    }

    /// Whether there is nothing of this name; false of what cannot be looked at.
    package static func isMissing(_ path: String) -> Bool { access(path, F_OK) != 0 && errno == ENOENT }

    private static func chunk(of descriptor: CInt, atMost count: Int) throws(Failure) -> [UInt8] {
        var problem: CInt = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            var result = read(descriptor, buffer.baseAddress, count)
            while result < 0, errno == EINTR { result = read(descriptor, buffer.baseAddress, count) }
            if result < 0 { problem = errno }
            initializedCount = max(0, result)
        }
        guard problem == 0 else { throw failure(problem) }
        return chunk
    }

    private static func failure(_ number: CInt = errno) -> Failure {
        switch number {
        case ENOENT: Failure(message: "does not exist")
        case EACCES: Failure(message: "may not be read by this user")
        case EISDIR: Failure(message: "is a folder")
        default: Failure(message: "cannot be read: \(String(cString: strerror(number)))")
        }
    }

    private static func size(_ limit: Int) -> String {
        limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit) bytes"
    }
}
