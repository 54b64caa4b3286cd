// SPDX-License-Identifier: Apache-2.0

/// What notifiers that remember have in common: decides what there is to say, has it said, and remembers that it was.
public struct NoticeDelivery: Sendable {
    /// What the memory is kept under: who is told, and what.
    ///
    /// Whoever is told of other things from now on is told of what is the matter.
    public let name: String
    /// What is told.
    public let settings: NoticeSettings
    private let memory: any TroubleMemoryStore

    /// Puts a delivery together.
    ///
    /// - Parameters:
    ///   - name: Who is told; without secrets.
    ///   - settings: What is told.
    ///   - memory: Keeps what has been told; by default as long as the process lasts.
    public init(
        name: String,
        settings: NoticeSettings,
        memory: any TroubleMemoryStore = ProcessTroubleMemory()
    ) {
        let kinds = NoticeKind.allCases.filter(settings.kinds.contains).map(\.rawValue)
        self.name = "\(name) \(kinds.joined(separator: ",")) \(settings.detail.rawValue)"
        self.settings = settings
        self.memory = memory
    }

    /// Has said what there is to say about a run.
    ///
    /// A memory that fails keeps nothing from being said.
    ///
    /// - Parameters:
    ///   - report: How the run went.
    ///   - send: Says it.
    /// - Throws: What `send` throws, and then it is said again by the next run; or what the memory threw.
    public func deliver(_ report: SyncReport, send: (Notice) async throws -> Void) async throws {
        let known = await Result<TroubleMemory, any Error>.catching { try await memory.memory(of: name) }
        let before = (try? known.get()) ?? TroubleMemory()
        let decision = NoticeDecision(report, settings: settings, memory: before)
        if let notice = decision.notice { try await send(notice) }
        if decision.memory != before {
            let settings = settings
            // Of what is known by now: another run may have told something since.
            try await memory.update(name) { NoticeDecision(report, settings: settings, memory: $0).memory }
        }
        _ = try known.get()
    }
}
