// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
package import SSOSyncCore

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Musl)
    private import Musl
#else
    private import Glibc
#endif

/// A file that several processes read and replace, one after the other.
package struct GuardedFile: Sendable {
    package let path: String

    /// A file that there need not be yet.
    package init(path: String) { self.path = path }

    /// What the file holds; nil if there is none.
    ///
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/source``.
    package func read(limit: Int) throws(SyncError) -> [UInt8]? {
        let bytes: Data
        do {
            // Something without an end would be read for ever.
            let attributes = try FileManager.default.attributesOfItem(atPath: target)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { throw unreadable }
            guard attributes[.size] as? Int ?? 0 <= limit else {
                throw SyncError(.source, "\(path) is larger than \(limit >> 20) MiB")
            }
            bytes = try Data(contentsOf: URL(filePath: target))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return nil
        } catch let error as SyncError {
            throw error
        } catch {
            throw unreadable
        }
        return Array(bytes)
    }

    private var unreadable: SyncError {
        SyncError(.source, "\(path) cannot be read: see who may read it, and whether it is a file")
    }

    /// The file itself, if the path is that of a link.
    private var target: String { URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false) }

    /// Puts other bytes in the place of the file's, all at once, to stay there even if the machine stops.
    ///
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/source``.
    package func replace(by bytes: [UInt8]) throws(SyncError) { try replace(by: bytes, mode: 0o666) }

    /// The same, and nobody but the owner can read them.
    ///
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/source``.
    func replace(bySecret bytes: [UInt8]) throws(SyncError) { try replace(by: bytes, mode: 0o600) }

    private func replace(by bytes: [UInt8], mode: mode_t) throws(SyncError) {
        let place = target
        let temporary = "\(place).\(UUID())"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw unwritable }
        let isWritten = Self.put(bytes, to: descriptor) && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten, unsafe rename(temporary, place) == 0 else {
            unsafe unlink(temporary)
            throw unwritable
        }
        guard Self.synchronize(folderOf: place) else { throw unwritable }
    }

    private static func put(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || count < 0 && errno == EINTR else { return false }
            rest = rest.dropFirst(max(count, 0))
        }
        return true
    }

    /// Makes a new name in a folder last: what is written is the file's, and its name is the folder's (fsync(2)).
    private static func synchronize(folderOf path: String) -> Bool {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let descriptor = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Some file systems have nothing to synchronize in a folder, and say so.
        return fsync(descriptor) == 0 || errno == EINVAL
    }

    private var unwritable: SyncError {
        SyncError(.source, "\(path) cannot be written: see who may write into its folder")
    }

    /// Keeps others out meanwhile: by a lock on a file beside it, because this one is replaced.
    ///
    /// That file stays, empty: whoever removed it might take away the lock that another one waits for. The lock ends with
    /// the process. It is held as long as it takes to read and to write the file, so whoever waits for it blocks, and gives up
    /// after five seconds: a process that was frozen meanwhile must not hold others.
    package func withLock<Result>(_ body: () throws(SyncError) -> Result) throws(SyncError) -> Result {
        let descriptor = unsafe open("\(target).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SyncError(
                .source,
                "\(path).lock cannot be opened: see who may write into its folder, and whose it is if it is there: every run has "
                    + "to be the same user's"
            )
        }
        defer { close(descriptor) }
        let end = ContinuousClock.now + .seconds(5)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR || errno == EWOULDBLOCK else {
                throw SyncError(.source, "\(path).lock cannot be locked: use a file system with locks")
            }
            guard .now < end else {
                throw SyncError(.source, "\(path).lock is held by another process: see whether one hangs")
            }
            _ = poll(nil, 0, 10)
        }
        return try body()
    }
}
