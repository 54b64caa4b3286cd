// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

/// Keeps in a file what notifiers have told, or what targets were in step with, so that the next process knows.
///
/// It holds fingerprints, and the notifiers' and targets' names, and nothing about people. Of two processes that write at the same time,
/// the later one counts: the worst that comes of it is that something is told twice.
actor TroubleMemoryFile: TroubleMemoryStore {
    /// What is the matter with the file.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Document: Codable {
        var version = 1
        var notifiers: [String: TroubleMemory] = [:]
        var targets: [String: Rest]?
    }

    private let path: String

    init(path: String) { self.path = path }

    func memory(of notifier: String) async throws -> TroubleMemory {
        try read().notifiers[notifier] ?? TroubleMemory()
    }

    func keep(_ memory: TroubleMemory, of notifier: String) async throws {
        // One that cannot be read is begun anew: whoever asked for it has said so already.
        var document = (try? read()) ?? Document()
        document.notifiers[notifier] = memory.isEmpty ? nil : memory
        guard write(document) else {
            throw Failure(
                description: "what was told cannot be kept in \(Printable.escaped(path)), so it is told again"
            )
        }
    }

    private func write(_ document: Document) -> Bool {
        let bytes = Data(CanonicalJSON.bytes(document))
        return (try? bytes.write(to: URL(filePath: path), options: .atomic)) != nil
    }

    private func read() throws(Failure) -> Document {
        guard FileManager.default.fileExists(atPath: path) else { return Document() }
        let bytes: [UInt8]
        do {
            bytes = try FileReader.bytes(of: path, limit: 64 << 20)
        } catch {
            throw Failure(description: "the memory of what was told, \(Printable.escaped(path)), \(error.message)")
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)), document.version == 1 else {
            throw Failure(
                description: "\(Printable.escaped(path)) is no memory of what was told; it is begun anew"
            )
        }
        return document
    }
}

extension TroubleMemoryFile: RestStore {
    func rest(of target: TargetName) async throws -> Rest? { try read().targets?[target.rawValue] }

    func keep(_ rest: Rest?, of target: TargetName) async throws {
        var document = (try? read()) ?? Document()
        guard document.targets?[target.rawValue] != rest else { return }
        document.targets = document.targets ?? [:]
        document.targets?[target.rawValue] = rest
        guard write(document) else { throw Failure(description: "\(Printable.escaped(path)) cannot be written") }
    }
}
