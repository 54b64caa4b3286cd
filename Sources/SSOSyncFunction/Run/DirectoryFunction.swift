// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// The roles that read the directory, *single* and *hub*: for events from a queue, and on a schedule.
///
/// It lives as long as its process. Lambda hands one invocation to a process at a time, and ``SyncService`` one batch or run.
actor DirectoryFunction {
    private let owner: DeploymentOwner
    private let directory: DirectoryConfiguration
    let work: any DirectoryWork
    let resolver: ScopeResolver
    let queue: SQSClient?
    /// The queue for readings of everyone; nil if each process makes its own.
    let everyoneQueue: SQSClient?
    let logger: Logger
    private let output: MetricsOutput
    var coalescer: EventCoalescer
    /// The groups for which everyone is to be read, where groups are not read by themselves; nil for all.
    var wideGroups: Set<GroupId>? = []
    /// The last reading of everyone for events.
    var lastWideReading: WideReadingDone?
    /// Shapes of unknown messages that were logged.
    var shapes: Set<String> = []

    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - work: What follows when somebody is to be read.
    ///   - queue: The queue that events come from, for second readings; nil for none.
    ///   - everyoneQueue: The queue for readings of everyone; nil if they are made for the events themselves.
    ///   - limits: How often the directory may be read for events.
    ///   - logger: Where it logs.
    ///   - output: Writes what is counted.
    init(
        _ configuration: ConfigurationFile,
        _ work: any DirectoryWork,
        queue: SQSClient?,
        everyoneQueue: SQSClient? = nil,
        limits: EventCoalescer.Limits = EventCoalescer.Limits(),
        logger: Logger,
        output: MetricsOutput = MetricsOutput()
    ) {
        (owner, directory) = (configuration.owner, configuration.directory)
        self.work = work
        resolver = ScopeResolver(source: work.source, groups: work.groups)
        (self.queue, self.everyoneQueue) = (queue, everyoneQueue)
        self.logger = logger
        self.output = output
        var limits = limits
        // The next one may come to another process, or to this one after hours: the queue keeps them.
        limits.secondReading = nil
        coalescer = EventCoalescer(limits: limits)
    }

    /// Tells of whom an event is: those of our own identity store count, and all do as long as it is not known which that is.
    var decoder: DirectoryEventDecoder {
        guard case .identityCenter(let center) = directory else { return DirectoryEventDecoder() }
        return DirectoryEventDecoder(store: center.identityStoreId ?? work.source.directoryId?.rawValue)
    }

    /// Does what an invocation asks for.
    ///
    /// - Returns: For messages, which of them are to come again; for the schedule, what came of the run.
    /// - Throws: ``FunctionFailure`` if it asks for anything else, or leaves too little time.
    func handle(_ invocation: LambdaInvocation) async throws -> [UInt8] {
        try await counting { metrics in
            do throws(FunctionFailure) {
                let input = try FunctionInput(invocation.payload)
                let budget = try TimeBudget(until: invocation.deadline)
                switch input {
                case .batch(let batch): return await answer(batch, budget, &metrics)
                case .fullRun: return await work.fullRun(budget, &metrics)
                }
            } catch {
                metrics.count(error.reason)
                throw error
            }
        }
    }

    /// Reads everyone because it is time to.
    func fullRun(_ budget: TimeBudget) async {
        await counting { _ = await work.fullRun(budget, &$0) }
    }

    /// Does something, and hands out what is counted meanwhile.
    func counting<Value>(_ body: (inout EmbeddedMetrics) async throws -> Value) async rethrows -> Value {
        var metrics = EmbeddedMetrics(deployment: owner)
        let requests = work.directoryRequests ?? 0
        defer {
            if let now = work.directoryRequests, now > requests {
                metrics.count("DirectoryRequests", by: now - requests)
            }
            output.hand(&metrics)
        }
        return try await body(&metrics)
    }
}
