// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
internal import SSOSyncCore

/// Keeps in a file what notifiers have told, or what servers were in step with, so that the next process knows.
///
/// It holds fingerprints, the notifiers' and targets' names and the servers' resource ids, and nothing about people. Processes that write at the same
/// time change it one after the other.
actor TroubleMemoryFile: TroubleMemoryStore {
    /// What is the matter with the file.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Document: Codable {
        var version = 1
        var notifiers: [String: TroubleMemory] = [:]
        var servers: [String: ServerMemory]?
    }

    private struct ServerMemory: Codable {
        /// The id of the run that was the last to forget what the server was in step with.
        let run: String
        var rest: Rest?
    }

    private let file: GuardedFile

    init(path: String) { file = GuardedFile(path: path) }

    func memory(of notifier: String) async throws -> TroubleMemory {
        try read().notifiers[notifier] ?? TroubleMemory()
    }

    func update(_ notifier: String, _ change: @Sendable (TroubleMemory) -> TroubleMemory) async throws {
        do throws(SyncError) {
            try self.change { document in
                let memory = change(document.notifiers[notifier] ?? TroubleMemory())
                document.notifiers[notifier] = memory.isEmpty ? nil : memory
            }
        } catch {
            throw Failure(description: "what was told cannot be kept, so it is told again: \(error.message)")
        }
    }

    /// Changes what is there now, whoever wrote it.
    private func change(_ body: (inout Document) -> Void) throws(SyncError) {
        try file.withLock { () throws(SyncError) in
            // One that cannot be read is begun anew: whoever asked for it has said so already.
            var document = (try? read()) ?? Document()
            body(&document)
            try file.replace(by: CanonicalJSON.bytes(document))
        }
    }

    private func read() throws(Failure) -> Document {
        let bytes: [UInt8]?
        do throws(SyncError) {
            bytes = try file.read(limit: 64 << 20)
        } catch {
            throw Failure(description: "the memory of what was told: \(error.message)")
        }
        guard let bytes else { return Document() }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)), document.version == 1 else {
            throw Failure(
                description: "\(Printable.escaped(file.path)) is no memory of what was told; it is begun anew"
            )
        }
        return document
    }
}

extension TroubleMemoryFile: RestStore {
    func rest(of server: String) async throws -> Rest? { try read().servers?[server]?.rest }

    func forget(_ server: String, run: String) async throws {
        try change { document in
            var servers = document.servers ?? [:]
            servers[server] = ServerMemory(run: run)
            document.servers = servers
        }
    }

    func keep(_ rest: Rest, of server: String, run: String) async throws {
        try change { document in
            guard document.servers?[server]?.run == run else { return }
            document.servers?[server]?.rest = rest
        }
    }
}
