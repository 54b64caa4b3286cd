// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import FoundationEssentials
import Logging
import SSOSyncAWS
import SSOSyncFunction
import SSOSyncLambdaRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program that Lambda starts.
@main
enum LambdaProgram {
    static func main() {
        Task.detached { exit(await run()) }
        // An asynchronous main would end the main thread as soon as something is waited for, and have all that follows wait for
        // that: in a static program libgcc first sorts all of its tables for unwinding, which takes tens of milliseconds. Nothing
        // here needs the main thread, so it waits.
        while true { pause() }
    }

    /// Runs the function until Lambda has no more use for it.
    ///
    /// - Returns: What the process ends with.
    private static func run() async -> CInt {
        let environment = ProcessInfo.processInfo.environment
        let logging = LambdaLogHandler.Options(environment: environment)
        let logger = Logger(label: "sso-sync") { LambdaLogHandler(label: $0, options: logging) }
        let metrics = EmbeddedMetricsFactory()
        // Whatever is linked in and counts something has it in the same lines.
        MetricsSystem.bootstrap(metrics)
        let errors = FunctionErrors(environment: environment, metrics: metrics)
        var options = LambdaRuntime.Options()
        options.observer = { errors.count($0) }
        do throws(LambdaRuntimeError) {
            let runtime = try LambdaRuntime(
                environment: environment,
                transport: CurlTransport(.init()),
                options: options,
                logger: logger
            )
            try await runtime.run {
                try await FunctionSetup.handler(environment: environment, logger: logger, errors: errors)
            }
            return 0
        } catch {
            // Why the function cannot start has been said already.
            if error.code != .initialization { logger.critical("\(error)") }
            return 1
        }
    }
}
