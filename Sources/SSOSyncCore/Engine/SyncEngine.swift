// SPDX-License-Identifier: Apache-2.0

public import Logging

/// Reads the directory, then plans, and applies, target by target.
///
/// The directory is read once for all targets, and again for those whose turn comes more than half a minute later.
/// One target that fails stops no other. The engine never throws: what failed is in the report.
public struct SyncEngine: Sendable {
    /// A database server and what the configuration says about it.
    public struct Target: Sendable {
        /// What the configuration says.
        public let policy: Policy
        /// How the server is reached.
        public let provisioner: any DatabaseProvisioner
        /// Remembers what the server was in step with, if it is ``Pausing``; nil to wake it in every run.
        public let rests: (any RestStore)?
        /// Where the server is, for whoever reads reports; nil if it is not known.
        ///
        /// Targets of several deployments, or of several spokes of one, may have one name.
        public let server: String?

        /// A database server and what the configuration says about it.
        public init(
            policy: Policy,
            provisioner: any DatabaseProvisioner,
            rests: (any RestStore)? = nil,
            server: String? = nil
        ) {
            self.policy = policy
            self.provisioner = provisioner
            self.rests = rests
            self.server = server
        }
    }

    /// How a run behaves.
    public struct Options: Sendable {
        /// How many targets are worked on at a time.
        public var concurrentTargets = 8
        /// When to give up a target: what is not done by then fails, and the next run goes on with it.
        ///
        /// Whatever is being read of it then is cancelled. To tell who holds a group's roles it has half of that.
        /// Counted from when the session is open; waiting for another writer, which ``lockWait`` limits, takes nothing from it.
        public var timeLimitPerTarget: Duration = .seconds(600)
        /// How long to wait for another writer of a target, in seconds.
        public var lockWait = 0
        /// How old a reading of the directory may be, in seconds, to let anybody in or grant anything; nil for however old.
        ///
        /// A reading that came by a slow way may say that somebody is a member who has left since. No marker tells so of whoever
        /// has no account. What waits is ``OperationOutcome/Result/deferred(because:)``. If the source has a limit of its own
        /// (``IdentitySource/longestAdmission``), the smaller one counts.
        public var longestAdmission: Int64?
        /// Whether a reading of that time may let somebody in, or grant them anything.
        ///
        /// Whoever has seen a later one knows better. What waits is ``OperationOutcome/Result/deferred(because:)``, too.
        public var admits: @Sendable (UserId, Timestamp) -> Bool = { _, _ in true }
        /// Hashes of sets of removals that are allowed by hand.
        public var releasedRemovals: Set<String> = []
        /// The content hash of the plan that was approved, by target.
        ///
        /// Nil to apply whatever is planned.
        public var approvedPlans: [TargetName: String]?
        /// Whether reports carry the statements of each plan.
        public var includesScripts = false
        /// Is told what the run has come to.
        public var progress: @Sendable (Progress) -> Void = { _ in }

        /// The defaults.
        public init() {}
    }

    let source: any IdentitySource
    let targets: [Target]
    let leftOut: Set<TargetName>
    let notifier: (any Notifier)?
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let makeRunId: @Sendable () -> String

    /// An engine.
    ///
    /// - Parameters:
    ///   - source: The directory.
    ///   - targets: The targets. Their names differ.
    ///   - leftOut: Targets of the deployment that are not among them, so that notifiers know what a run cannot have seen.
    ///   - notifier: Is told how each run went.
    ///   - logger: Where the engine logs.
    ///   - now: The clock that plans are made by.
    ///   - makeRunId: Makes an id for each run; a random one of 16 hexadecimal digits by default.
    public init(
        source: any IdentitySource,
        targets: [Target],
        leftOut: Set<TargetName> = [],
        notifier: (any Notifier)? = nil,
        logger: Logger = Logger(label: "sso-sync"),
        now: @escaping @Sendable () -> Timestamp = { .now },
        makeRunId: @escaping @Sendable () -> String = SyncEngine.randomRunId
    ) {
        self.source = source
        self.targets = targets
        self.leftOut = leftOut
        self.notifier = notifier
        self.logger = logger
        self.now = now
        self.makeRunId = makeRunId
    }

    /// 16 random hexadecimal digits.
    public static func randomRunId() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Plans, and changes nothing.
    ///
    /// - Parameters:
    ///   - scope: Whom to look at.
    ///   - options: How the run behaves.
    /// - Returns: The plans.
    public func plan(_ scope: ScopeRequest = .everyone, options: Options = Options()) async -> SyncReport {
        await run(.plan, scope, options)
    }

    /// Plans under each target's lock, and carries the plan out in the safe order of ``Operation/Phase``.
    ///
    /// - Parameters:
    ///   - scope: Whom to look at.
    ///   - options: How the run behaves.
    /// - Returns: What was done and what was not.
    public func apply(_ scope: ScopeRequest = .everyone, options: Options = Options()) async -> SyncReport {
        await run(.apply, scope, options)
    }

    /// Finds out what of a request to adopt accounts, or to let them go, could be done, and changes nothing.
    ///
    /// No notifier is told: whoever asks sees the answer. What a request says about a directory that cannot be read holds only if
    /// that is so now.
    public func plan(_ request: MarkingRequest, options: Options = Options()) async -> SyncReport {
        await run(.plan, .everyone, options, request)
    }

    /// Adopts accounts, or lets them go, under each target's lock.
    ///
    /// With ``Options/approvedPlans``, only what was shown and approved. Notifiers are told as of a run of the people whom it
    /// is about.
    public func apply(_ request: MarkingRequest, options: Options = Options()) async -> SyncReport {
        await run(.apply, .everyone, options, request)
    }

    private func run(
        _ kind: SyncReport.Kind,
        _ scope: ScopeRequest,
        _ options: Options,
        _ marking: MarkingRequest? = nil
    ) async -> SyncReport {
        let runId = makeRunId()
        let startedAt = now()
        var options = options
        options.longestAdmission = [options.longestAdmission, source.longestAdmission].compactMap(\.self).min()
        let context = TargetRun.Context(
            kind: kind,
            readings: DirectoryReadings(now: now) { [options] () throws(SyncError) in
                try await reading(for: scope, runId: runId, options)
            },
            secondLook: SecondLook(
                now: now,
                read: DirectoryReader(source: source, policies: targets.map(\.policy)).directory(of:)
            ),
            runId: runId,
            options: options,
            marking: marking?.withDirectory,
            expected: few(scope).flatMap { people in
                source.directoryId.map { TargetRun.Expected(people: people, directory: $0) }
            }
        )
        var directory: Directory?
        var reports: [TargetReport] = []
        var sourceFailure: SyncError?
        do throws(SyncError) {
            (directory, reports) = try await work(context, scope)
        } catch {
            logger.debug("the directory could not be read", metadata: ["run": "\(runId)", "error": "\(error)"])
            if let substitute = substitute(marking, for: error) {
                reports = await runTargets(context.reading(substitute, for: marking))
            } else {
                sourceFailure = error
            }
        }
        let report = SyncReport(
            runId: runId,
            kind: kind,
            // A reading of everyone tells whose accounts are; nobody else's are worked on.
            scope: marking.map { .people($0.people(by: reports)) } ?? scope,
            startedAt: startedAt,
            finishedAt: now(),
            directoryAsOf: directory?.asOf,
            sourceFailure: sourceFailure,
            targets: reports,
            leftOut: leftOut,
            marking: marking
        )
        return marking != nil && kind == .plan ? report : await notified(report)
    }

    /// How many people are few: to ask the directory for them takes no longer than to connect.
    private static let fewPeople = 3

    /// Whom a scope is, if they are few.
    private func few(_ scope: ScopeRequest) -> Set<UserId>? {
        guard case .people(let people) = scope, people.count <= Self.fewPeople else { return nil }
        return people
    }

    /// Reads the directory, and works on all targets.
    ///
    /// For a few people sessions are opened meanwhile.
    ///
    /// - Throws: What kept the directory from being read. Nothing was changed then, and no session is open.
    private func work(
        _ context: TargetRun.Context,
        _ scope: ScopeRequest
    ) async throws(SyncError) -> (Directory, [TargetReport]) {
        guard few(scope) != nil else {
            let directory = try await context.readings.current().directory
            return (directory, await runTargets(context))
        }
        async let reports = runTargets(context)
        let directory = try await context.readings.current().directory
        return (directory, await reports)
    }

    /// Readings that know nobody, where somebody has said how to do without a directory that cannot be read; nil for none.
    private func substitute(_ marking: MarkingRequest?, for error: SyncError) -> DirectoryReadings? {
        // A freeze is a word of those who can read it, and a run that was stopped has not found out.
        guard let id = marking?.dispensableDirectory, error.code != .frozen, !Task.isCancelled else { return nil }
        return DirectoryReadings(now: now) {
            let nobody = Directory(id: id, asOf: now(), scope: .everyone, people: [], groups: [])
            return DirectoryReadings.Reading(directory: nobody, unasked: [:])
        }
    }

    private func reading(
        for scope: ScopeRequest,
        runId: String,
        _ options: Options
    ) async throws(SyncError) -> DirectoryReadings.Reading {
        let reader = DirectoryReader(source: source, policies: targets.map(\.policy))
        // Half of a target's time: one that says nothing would leave the others none, where a run has no more than that.
        let roleHolders = RoleHolders(targets: targets, runId: runId, limit: options.timeLimitPerTarget / 2, now: now)
        var unasked = RoleHolders.Found()
        options.progress(.readingDirectory)
        let directory = try await reader.directory(for: scope) {
            unasked = await roleHolders.find(of: $0, in: $1)
            return unasked.people
        }
        options.progress(.directoryRead(people: directory.people.count))
        // Everyone's memberships are listed, which fails where a group is gone.
        let removals = directory.scope == .everyone ? nil : RemovalCheck(directory, read: reader.groups)
        return DirectoryReadings.Reading(directory: directory, unasked: unasked.failures, removals: removals)
    }

    private func runTargets(_ context: TargetRun.Context) async -> [TargetReport] {
        await withTaskGroup(of: TargetReport.self) { group in
            // Or the same targets would be the last ones in every run, and if time is short, never have their turn.
            var waiting = targets.map { $0.remembering(leaversFor: context.options.longestAdmission) }
                .shuffled().makeIterator()
            var reports: [TargetReport] = []
            for _ in 0..<max(1, context.options.concurrentTargets) {
                guard let target = waiting.next() else { break }
                group.addTask { await run(on: target, context) }
            }
            while let report = await group.next() {
                reports.append(report)
                // Nobody is told of targets, then.
                if await context.readings.haveFailed { break }
                context.options.progress(.finished(report.target))
                guard let target = waiting.next() else { continue }
                group.addTask { await run(on: target, context) }
            }
            return reports
        }
    }

    private func run(on target: Target, _ context: TargetRun.Context) async -> TargetReport {
        var report = await TargetRun(target: target, context: context, now: now).report()
        report.server = target.server
        return report
    }

    private func notified(_ report: SyncReport) async -> SyncReport {
        guard let notifier else { return report }
        // A run that was cancelled has something to tell, too: on its way out, and notifiers have limits of their own.
        let told = Task { [report] in await Result.catching { try await notifier.notify(report) } }
        var report = report
        do {
            try await told.value.get()
        } catch {
            report.notifierFailures.append("\(error)")
            logger.error("a notifier failed: \(error)", metadata: ["run": "\(report.runId)"])
        }
        return report
    }
}

extension Result where Failure == any Error {
    /// What a body returns or throws, as a value: to be looked at once what has to be tidied up is.
    package static func catching(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
