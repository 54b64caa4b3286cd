// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncConfiguration
internal import SSOSyncCore

/// One reading of a hub, and where it is sent.
struct HubRun: Sendable {
    /// How many spokes are sent to at a time.
    private static let concurrentSpokes = 10

    /// What came of a run.
    struct Outcome: Sendable {
        var figures: HubFigures
        /// Why the directory could not be read.
        var sourceFailure: SyncError?
        /// The targets of the spokes that what was read concerns, ascending.
        var awaited: [TargetName] = []
    }

    let assembly: HubAssembly
    let excerpts: ExcerptSigner
    let logger: Logger
    let id = SyncEngine.randomRunId()
    let scope: ScopeRequest
    let isScheduled: Bool
    /// When it has to be done.
    let end: ContinuousClock.Instant

    /// Reads and sends.
    func outcome() async -> Outcome {
        var outcome = Outcome(figures: HubFigures(run: id, freeze: assembly.freeze))
        guard assembly.freeze != .everything else { return outcome }
        let reading: HubReading
        do throws(SyncError) {
            reading = try await HubReading.read(
                assembly.groups,
                covered,
                from: assembly.source,
                freeze: assembly.freeze
            )
        } catch {
            logger.error("\(error)", metadata: metadata)
            outcome.sourceFailure = error
            return outcome
        }
        outcome.figures.asOf = reading.directory.asOf
        outcome.awaited = concerned.flatMap(\.configuration.targets).sorted()
        outcome.figures.people = reading.directory.people.count
        switch scope {
        case .people: await sendExcerpts(reading, &outcome)
        case .groups, .everyone: await announce(reading, &outcome)
        }
        outcome.figures.failedSpokes.sort()
        outcome.figures.obstructedSpokes.sort()
        return outcome
    }

    private var metadata: Logger.Metadata { ["run": "\(id)"] }
    private var covered: Scope { if case .people(let people) = scope { .people(people) } else { .everyone } }

    // MARK: Excerpts

    private func sendExcerpts(_ reading: HubReading, _ outcome: inout Outcome) async {
        let messages = ExcerptMessages(signer: excerpts, run: HubRunId(id))
        // Spokes that map the same groups are told the same, which is signed once; nobody waits for what is signed for others.
        let texts = SharedTexts { try await messages.texts(of: reading.directory, for: $0) }
        await send(reading, assembly.spokes, &outcome.figures) { try await texts.texts(for: $0.groupNames) }
    }

    // MARK: Snapshots

    private func announce(_ reading: HubReading, _ outcome: inout Outcome) async {
        outcome.figures.failedSnapshots = await write(reading.directory)
        // With no snapshot that they could read, spokes would only fail.
        guard outcome.figures.failedSnapshots.count < assembly.copies.count else {
            outcome.figures.failedSpokes = concerned.map(\.configuration.name)
            return
        }
        let asOf = reading.directory.asOf
        await send(reading, concerned, &outcome.figures) { spoke in
            spoke.targets.map { target in
                var work = FleetMessage.Work(asOf: asOf, run: HubRunId(id), scheduled: isScheduled, targets: [target])
                work.known = spoke.targets
                let text = FleetMessage.work(work).text
                guard text.utf8.count > FleetMessage.limit else { return text }
                work.known = nil
                return FleetMessage.work(work).text
            }
        }
    }

    /// Spokes that map a group for which the run was made; all of them, if it was made for everyone, or for people.
    private var concerned: [HubAssembly.Spoke] {
        guard case .groups(let groups) = scope else { return assembly.spokes }
        return assembly.spokes.filter { !$0.configuration.groupNames.isDisjoint(with: groups) }
    }

    /// Writes all copies.
    ///
    /// - Returns: The places where that failed.
    private func write(_ directory: Directory) async -> [String] {
        // A Region in trouble leaves time to send to the others.
        let limit = ContinuousClock.now + ContinuousClock.now.duration(to: end) / 2
        let groups = assembly.groups.filter { directory.groups[$0.name] != nil }
        let look = SharedLook(logger) { [source = assembly.source] people in
            try await source.directory(DirectoryRequest(groups: groups, scope: .people(people)))
        }
        return await withTaskGroup(of: String?.self) { group in
            for copy in assembly.copies {
                group.addTask {
                    let (isWritten, _) = await untilTime(limit) { await write(directory, to: copy, look) }
                    return isWritten ? nil : copy.name
                }
            }
            return await group.reduce(into: []) { failed, name in failed += name.map { [$0] } ?? [] }.sorted()
        }
    }

    private func write(_ directory: Directory, to copy: HubAssembly.Copy, _ look: SharedLook) async -> Bool {
        do {
            let written = try await copy.writer.write(directory, accountName: assembly.accountName) {
                try await look.latest(of: $0)
            }
            if written.overlooked > 0 {
                logger.info(
                    "some have changed groups during the reading, and are written as members of those that they are in now",
                    metadata: metadata.merging(["snapshot": "\(copy.name)", "people": "\(written.overlooked)"]) { $1 }
                )
            }
            return true
        } catch let error as SyncError where error.code == .busy {
            // Another process has read later, and its snapshot holds what this one says.
            logger.info("\(error)", metadata: metadata)
            return true
        } catch {
            let reason = error is CancellationError ? "no answer in the time that there is" : "\(error)"
            logger.error("\(reason)", metadata: metadata.merging(["snapshot": "\(copy.name)"]) { $1 })
            return false
        }
    }

    /// Whether a spoke finds a copy of the snapshot: in its Region, if there is one at all, and else wherever it looks.
    private func hasCopy(_ spoke: HubConfiguration.Spoke, besides failed: [String]) -> Bool {
        let copies = assembly.copies.filter { $0.region == spoke.region }
        return copies.isEmpty ? failed.isEmpty : copies.contains { !failed.contains($0.name) }
    }

    // MARK: Sending

    /// Sends every spoke what concerns it; one that cannot be reached keeps it from nobody else.
    private func send(
        _ reading: HubReading,
        _ spokes: [HubAssembly.Spoke],
        _ figures: inout HubFigures,
        _ texts: @escaping @Sendable (HubConfiguration.Spoke) async throws -> [String]
    ) async {
        var free: [HubAssembly.Spoke] = []
        for spoke in spokes {
            guard let obstacle = reading.obstacle(for: spoke.configuration) else {
                free.append(spoke)
                continue
            }
            let name = spoke.configuration.name
            logger.error("\(obstacle)", metadata: metadata.merging(["spoke": "\(name)"]) { $1 })
            figures.obstructedSpokes.append(name)
        }
        figures.concernedSpokes = free.count
        await withTaskGroup(of: (spoke: HubConfiguration.Spoke, sent: Int, isWhole: Bool).self) { group in
            // Not always the same ones wait for those before them.
            var waiting = free.shuffled().makeIterator()
            func next() {
                guard let spoke = waiting.next() else { return }
                group.addTask { await send(to: spoke, texts) }
            }
            for _ in 0..<Self.concurrentSpokes { next() }
            while let ended = await group.next() {
                figures.messages += ended.sent
                if !ended.isWhole { figures.failedSpokes.append(ended.spoke.name) }
                if ended.isWhole, hasCopy(ended.spoke, besides: figures.failedSnapshots) { figures.toldSpokes += 1 }
                next()
            }
        }
    }

    private func send(
        to spoke: HubAssembly.Spoke,
        _ texts: @Sendable (HubConfiguration.Spoke) async throws -> [String]
    ) async -> (spoke: HubConfiguration.Spoke, sent: Int, isWhole: Bool) {
        var sent = 0
        do {
            for text in try await texts(spoke.configuration) {
                try await spoke.queue.sendMessage(text)
                sent += 1
            }
            return (spoke.configuration, sent, true)
        } catch {
            logger.error("\(error)", metadata: metadata.merging(["spoke": "\(spoke.configuration.name)"]) { $1 })
            return (spoke.configuration, sent, false)
        }
    }
}

extension HubConfiguration.Spoke {
    fileprivate var groupNames: Set<GroupName> { Set(groups.map(\.name)) }
}
