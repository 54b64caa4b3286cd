// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The role *hub*: reads the directory once for everybody, signs what it read, and sends it to those who have databases.
struct HubWork: DirectoryWork {
    /// How many spokes are sent to at a time.
    private static let concurrentSpokes = 10

    private let assembly: HubAssembly
    private let excerpts: ExcerptSigner
    private let logger: Logger
    private let output: MetricsOutput

    var source: any IdentitySource { assembly.source }
    var groups: [DirectoryRequest.Group] { assembly.groups }
    let readsGroups = false
    var directoryRequests: Int? { assembly.directoryRequests }

    init(_ assembly: HubAssembly, logger: Logger, output: MetricsOutput = MetricsOutput()) {
        self.assembly = assembly
        excerpts = ExcerptSigner(assembly.signer, accountName: assembly.accountName)
        self.logger = logger
        self.output = output
    }

    func work(
        on request: ScopeRequest,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> RunDisposition {
        let run = Run(work: self, scope: request, isScheduled: false)
        let figures = await finish(run, budget, &metrics)
        return figures.isGood ? .done : .failed
    }

    func fullRun(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> [UInt8] {
        let run = Run(work: self, scope: .everyone, isScheduled: true)
        let figures = await finish(run, budget, &metrics)
        metrics.count("GoodFullRuns", by: figures.isGood ? 1 : 0)
        return CanonicalJSON.bytes(figures)
    }

    private func finish(_ run: Run, _ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async -> HubFigures {
        let started = Timestamp.now
        let (result, wasCut) = await untilTime(budget.end) { await run.figures() }
        let (figures, failure) = result
        figures.count(in: &metrics)
        if wasCut { metrics.count("DeadlineReached") }
        if let failure, !wasCut, failure.code != .cancelled { metrics.count("SourceUnavailable") }
        logger.log(
            level: figures.isGood ? .info : .error,
            "what was read is \(figures.isGood ? "sent" : "not sent to everybody")",
            metadata: [
                "run": "\(figures.run)", "people": "\(figures.people)", "messages": "\(figures.messages)",
                "failedSpokes": "\(figures.failedSpokes.joined(separator: ", "))",
                "failedSnapshots": "\(figures.failedSnapshots.joined(separator: ", "))",
            ]
        )
        await tell(
            SyncReport(
                runId: figures.run,
                kind: .apply,
                scope: run.scope,
                startedAt: started,
                finishedAt: .now,
                directoryAsOf: figures.asOf,
                sourceFailure: failure,
                targets: [],
                leftOut: Set(assembly.spokes.flatMap(\.configuration.targets))
            ),
            budget,
            &metrics
        )
        return figures
    }

    private func tell(_ report: SyncReport, _ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) async {
        guard let notifier = assembly.notifier else { return }
        output.hand(&metrics)
        let notice = TimedNotice(notifier: notifier, end: budget.lastWord)
        guard let problem = await notice.problem(with: report) else { return }
        metrics.count("NotNotified")
        logger.warning("not everybody was told how the run went: \(problem)", metadata: ["run": "\(report.runId)"])
    }

    // MARK: A run

    /// One reading and where it is sent.
    private struct Run: Sendable {
        let work: HubWork
        let id = SyncEngine.randomRunId()
        let scope: ScopeRequest
        let isScheduled: Bool

        init(work: HubWork, scope: ScopeRequest, isScheduled: Bool) {
            (self.work, self.scope, self.isScheduled) = (work, scope, isScheduled)
        }

        /// Reads and sends.
        ///
        /// - Returns: What came of it, and why the directory could not be read.
        func figures() async -> (HubFigures, SyncError?) {
            var figures = HubFigures(run: id)
            let directory: Directory
            do {
                directory = try await work.source.directory(DirectoryRequest(groups: work.groups, scope: covered))
            } catch {
                let failure = error as? SyncError ?? SyncError(.source, "the directory could not be read: \(error)")
                work.logger.error("\(failure)", metadata: ["run": "\(id)"])
                return (figures, failure)
            }
            (figures.asOf, figures.people) = (directory.asOf, directory.people.count)
            switch scope {
            case .people: await send(&figures) { spoke in try await texts(of: directory, for: spoke) }
            case .groups, .everyone:
                figures.failedSnapshots = await write(directory)
                // With no snapshot that they could read, spokes would only fail.
                guard figures.failedSnapshots.count < work.assembly.copies.count else {
                    figures.failedSpokes = work.assembly.spokes.map(\.configuration.name)
                    return (figures, nil)
                }
                await send(&figures) { spoke in spoke.targets.map { text(of: directory, for: $0) } }
            }
            return (figures, nil)
        }

        private var covered: Scope { if case .people(let people) = scope { .people(people) } else { .everyone } }

        private func texts(
            of directory: Directory,
            for spoke: HubConfiguration.Spoke
        ) async throws -> [String] {
            try await ExcerptMessages(signer: work.excerpts, run: id)
                .texts(of: directory, for: Set(spoke.groups.map(\.name)))
        }

        private func text(of directory: Directory, for target: TargetName) -> String {
            FleetMessage.work(
                FleetMessage.Work(asOf: directory.asOf, run: id, scheduled: isScheduled, targets: [target])
            ).text
        }

        /// Writes all copies.
        ///
        /// - Returns: The places where that failed.
        private func write(_ directory: Directory) async -> [String] {
            await withTaskGroup(of: String?.self) { group in
                for copy in work.assembly.copies {
                    group.addTask {
                        do {
                            _ = try await copy.writer.write(directory, accountName: work.assembly.accountName)
                            return nil
                        } catch let error as SyncError where error.code == .busy {
                            work.logger.info("\(error)", metadata: ["run": "\(id)"])
                            return nil
                        } catch {
                            work.logger.error("\(error)", metadata: ["run": "\(id)", "snapshot": "\(copy.name)"])
                            return copy.name
                        }
                    }
                }
                return await group.reduce(into: []) { failed, name in failed += name.map { [$0] } ?? [] }.sorted()
            }
        }

        /// Sends every spoke what concerns it; one that cannot be reached keeps it from nobody else.
        private func send(
            _ figures: inout HubFigures,
            _ texts: @escaping @Sendable (HubConfiguration.Spoke) async throws -> [String]
        ) async {
            await withTaskGroup(of: (spoke: String, sent: Int, isWhole: Bool).self) { group in
                var waiting = work.assembly.spokes.makeIterator()
                func next() {
                    guard let spoke = waiting.next() else { return }
                    group.addTask { await send(to: spoke, texts) }
                }
                for _ in 0..<HubWork.concurrentSpokes { next() }
                while let ended = await group.next() {
                    figures.messages += ended.sent
                    if !ended.isWhole { figures.failedSpokes.append(ended.spoke) }
                    next()
                }
            }
            figures.failedSpokes.sort()
        }

        private func send(
            to spoke: HubAssembly.Spoke,
            _ texts: @Sendable (HubConfiguration.Spoke) async throws -> [String]
        ) async -> (spoke: String, sent: Int, isWhole: Bool) {
            var sent = 0
            do {
                for text in try await texts(spoke.configuration) {
                    try await spoke.queue.sendMessage(text)
                    sent += 1
                }
                return (spoke.configuration.name, sent, true)
            } catch {
                work.logger.error("\(error)", metadata: ["run": "\(id)", "spoke": "\(spoke.configuration.name)"])
                return (spoke.configuration.name, sent, false)
            }
        }
    }
}
