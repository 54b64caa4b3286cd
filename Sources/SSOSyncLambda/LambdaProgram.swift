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
    static func main() async {
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
        } catch {
            // Why the function cannot start has been said already.
            if error.code != .initialization { logger.critical("\(error)") }
            exit(1)
        }
    }
}
