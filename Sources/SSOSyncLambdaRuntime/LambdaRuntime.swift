// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncAWS
internal import SSOSyncCore

/// Takes invocations from Lambda one after another, has each handled within its time, and hands in what it came to.
///
///     let runtime = try LambdaRuntime(environment: environment, transport: transport)
///     try await runtime.run {
///         let parts = try loadConfiguration()
///         return { invocation in try await parts.handle(invocation) }
///     }
///
/// One invocation that fails is reported and stops no other. What the process cannot recover from is thrown; whoever runs
/// it ends the process, and Lambda starts another one.
public struct LambdaRuntime: Sendable {
    /// How the runtime behaves.
    public struct Options: Sendable {
        /// How long before the deadline a handler is cancelled; never more than half of its time.
        public var reserve: Duration = .milliseconds(500)
        /// How much of ``reserve`` is kept to report that a handler went on although it was cancelled.
        public var reportReserve: Duration = .milliseconds(150)
        /// Is told how each invocation ended, and a start that failed.
        public var observer: @Sendable (InvocationOutcome) -> Void = { _ in }

        /// The defaults.
        public init() {}
    }

    /// The most bytes of an answer that Lambda takes: 6 MB and 100 bytes.
    public static let responseLimit = 6 * 1_024 * 1_024 + 100

    private let controlPlane: ControlPlane
    private let options: Options
    private let logger: Logger

    /// A runtime.
    ///
    /// - Parameters:
    ///   - environment: The process's environment variables.
    ///   - transport: How the control plane is reached.
    ///   - options: How the runtime behaves.
    ///   - logger: Where it logs.
    /// - Throws: ``LambdaRuntimeError`` if the environment does not say where the control plane is.
    public init(
        environment: [String: String],
        transport: any HTTPTransport,
        options: Options = Options(),
        logger: Logger = Logger(label: "sso-sync.lambda")
    ) throws(LambdaRuntimeError) {
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"], !address.isEmpty else {
            throw LambdaRuntimeError(
                .environment,
                "AWS_LAMBDA_RUNTIME_API is not set: this program is started by Lambda"
            )
        }
        controlPlane = try ControlPlane(address: address, transport: transport)
        self.options = options
        self.logger = logger
    }

    /// Makes the function ready, and then handles invocations until the task is cancelled or the control plane is gone.
    ///
    /// - Parameter prepare: Makes the function ready: everything that invocations share. If it throws, Lambda is told.
    /// - Throws: What the process cannot recover from.
    public func run(
        _ prepare: @Sendable () async throws -> LambdaInvocation.Handler
    ) async throws(LambdaRuntimeError) {
        let handler = try await ready(prepare)
        var wasAsked = false
        while !Task.isCancelled {
            let next: ControlPlane.Next
            do throws(LambdaRuntimeError) {
                next = try await controlPlane.next()
            } catch {
                // Nothing is under way: the sandbox is being taken down.
                if error.code == .connection, wasAsked || Task.isCancelled { return }
                throw error
            }
            wasAsked = true
            try await answer(next, handler)
        }
    }

    private func ready(
        _ prepare: @Sendable () async throws -> LambdaInvocation.Handler
    ) async throws(LambdaRuntimeError) -> LambdaInvocation.Handler {
        let began = ContinuousClock.now
        do {
            return try await prepare()
        } catch {
            let report = FunctionError(error)
            logger.critical(
                "the function cannot start: \(report.errorMessage)",
                metadata: ["type": "\(report.errorType)"]
            )
            options.observer(InvocationOutcome(errorType: report.errorType, duration: began.duration(to: .now)))
            _ = try await controlPlane.reportInitialization(report)
            throw LambdaRuntimeError(.initialization, report.errorMessage)
        }
    }

    private func answer(
        _ next: ControlPlane.Next,
        _ handler: @escaping LambdaInvocation.Handler
    ) async throws(LambdaRuntimeError) {
        switch next {
        case .malformed(let requestId, let error):
            try await fail(error, requestId: requestId, took: .zero)
        case .invocation(let invocation):
            let began = ContinuousClock.now
            let end = await AttendedHandler(invocation, options: options, logger: logger).run(handler)
            try await handIn(end, for: invocation, took: began.duration(to: .now))
        }
    }

    private func handIn(
        _ end: AttendedHandler.End,
        for invocation: LambdaInvocation,
        took time: Duration
    ) async throws(LambdaRuntimeError) {
        switch end {
        case .returned(let body) where body.count > Self.responseLimit:
            try await fail(.tooLarge(body.count), requestId: invocation.requestId, took: time)
        case .returned(let body):
            let receipt = try await controlPlane.respond(body, to: invocation.requestId)
            note(receipt, requestId: invocation.requestId)
            options.observer(InvocationOutcome(errorType: nil, duration: time))
        case .threw(let error):
            try await fail(error, requestId: invocation.requestId, took: time)
        case .stuck:
            try await fail(.stuck, requestId: invocation.requestId, took: time)
            throw LambdaRuntimeError(.stuck, FunctionError.stuck.errorMessage)
        }
    }

    private func fail(
        _ error: FunctionError,
        requestId: String,
        took time: Duration
    ) async throws(LambdaRuntimeError) {
        let metadata: Logger.Metadata = ["type": "\(error.errorType)", "requestId": "\(requestId)"]
        logger.error("the invocation failed: \(error.errorMessage)", metadata: metadata)
        options.observer(InvocationOutcome(errorType: error.errorType, duration: time))
        let receipt = try await controlPlane.report(error, for: requestId)
        note(receipt, requestId: requestId)
    }

    private func note(_ receipt: ControlPlane.Receipt, requestId: String) {
        let metadata: Logger.Metadata = ["requestId": "\(requestId)"]
        switch receipt {
        case .accepted: break
        case .tooLarge: logger.error("Lambda found the answer too large", metadata: metadata)
        case .refused(_, let reason): logger.error("Lambda did not take the answer: \(reason)", metadata: metadata)
        }
    }
}

/// How an invocation ended, or a start that failed.
public struct InvocationOutcome: Sendable, Hashable {
    /// How Lambda was told that the error is called; nil if the invocation was answered.
    public let errorType: String?
    /// How long the handler took, or the start.
    public let duration: Duration
}
