// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SSOSyncAWS
import SSOSyncLambdaRuntime
import Synchronization

/// A function for tests, which does what its invocations say.
@main
enum Probe {
    /// What an invocation may ask for.
    private enum Wish: String {
        /// Answers with what it was given.
        case echo
        /// Throws an error that has a name.
        case fail
        /// Throws an error that has none.
        case failOddly
        /// Answers with more than Lambda takes.
        case oversize
        /// Answers with as much as Lambda takes.
        case fullSize
        /// Works until it is cancelled, and then tells what it had no time for.
        case work
        /// Works until it is cancelled, and throws.
        case workInVain
        /// Goes on although it is cancelled.
        case ignore
        /// Ends the process.
        case crash
        /// Stops the process, which cannot even notice that its time is up.
        case freeze
        /// Answers with the trace's id.
        case trace
        /// Answers with the client's context, the identity and the tenant.
        case caller
        /// Stops the runtime.
        case stop
        /// Throws an error with a text that is longer than Lambda is told.
        case failAtLength
    }

    private struct NamedFailure: LambdaReportable {
        let reason = "TargetBusy"
    }

    private struct Oddity: Error, CustomStringConvertible {
        let description = "line one\u{1B}[31m\nline two \"quoted\" \\ é\u{202E}"
    }

    private struct Lengthy: Error, CustomStringConvertible {
        // Four bytes each, and one at the beginning that shifts them.
        let description = "x" + String(repeating: "𝔘", count: 2_000)
    }

    private static let running = Mutex<Task<Void, any Error>?>(nil)

    static func main() async {
        let environment = ProcessInfo.processInfo.environment
        let logging = LambdaLogHandler.Options(environment: environment)
        let logger = Logger(label: "probe") { LambdaLogHandler(label: $0, options: logging) }
        var options = LambdaRuntime.Options()
        options.observer = { outcome in
            if let type = outcome.errorType { logger.info("observed \(type)") }
        }
        do {
            let transport = CurlTransport(.init())
            let runtime = try LambdaRuntime(
                environment: environment,
                transport: transport,
                options: options,
                logger: logger
            )
            let running = Task {
                try await runtime.run {
                    if environment["PROBE_INIT"] == "fail" { throw NamedFailure() }
                    if environment["PROBE_INIT"] == "crash" { exit(3) }
                    return { try await answer($0, logger) }
                }
            }
            Self.running.withLock { $0 = running }
            try await running.value
        } catch {
            logger.critical("\(error)")
            exit(1)
        }
    }

    private static func answer(_ invocation: LambdaInvocation, _ logger: Logger) async throws -> [UInt8] {
        logger.info("asked")
        switch Wish(rawValue: String(decoding: invocation.payload, as: UTF8.self)) {
        case nil, .echo: return invocation.payload
        case .fail: throw NamedFailure()
        case .failOddly: throw Oddity()
        case .oversize: return [UInt8](repeating: UInt8(ascii: "x"), count: LambdaRuntime.responseLimit + 1)
        case .fullSize: return [UInt8](repeating: UInt8(ascii: "x"), count: LambdaRuntime.responseLimit)
        case .work:
            try? await Task.sleep(for: .seconds(600))
            return Array("stopped".utf8)
        case .workInVain:
            try await Task.sleep(for: .seconds(600))
            return []
        case .ignore:
            await sleepRegardless()
            return []
        case .crash: exit(7)
        case .freeze:
            // The other threads may go on for a moment.
            kill(getpid(), SIGSTOP)
            await sleepRegardless()
            return []
        case .stop:
            running.withLock { $0?.cancel() }
            await sleepRegardless()
            return []
        case .failAtLength: throw Lengthy()
        case .caller:
            let parts = [invocation.clientContext, invocation.cognitoIdentity, invocation.tenantId]
            return Array(parts.map { $0 ?? "none" }.joined(separator: " ").utf8)
        case .trace: return Array((LambdaInvocation.current?.traceId ?? "none").utf8)
        }
    }

    /// A detached task is not cancelled with the one that waits for it.
    private static func sleepRegardless() async {
        await Task.detached { try? await Task.sleep(for: .seconds(600)) }.value
    }
}
