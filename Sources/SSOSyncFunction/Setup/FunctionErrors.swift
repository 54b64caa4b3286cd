// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
package import SSOSyncLambdaRuntime
internal import Synchronization

/// Counts whatever Lambda is told as an error: invocations that failed, for whichever reason, and starts.
package final class FunctionErrors: Sendable {
    /// Writes what is counted.
    let output: MetricsOutput
    /// Whose function it is: until the configuration says, by `SSOSYNC_OWNER` or by the function's name.
    private let deployment: Mutex<DeploymentOwner>

    /// - Parameters:
    ///   - environment: The process's environment variables.
    ///   - metrics: What everything is counted with.
    package init(environment: [String: String], metrics: EmbeddedMetricsFactory) {
        let spoke = environment["SSOSYNC_SPOKE"].flatMap { $0.isEmpty ? nil : $0 }
        output = MetricsOutput(factory: metrics, spoke: spoke)
        deployment = Mutex(FunctionSetup.owner(environment))
    }

    /// Has them count for that deployment from now on.
    func belong(to owner: DeploymentOwner) { deployment.withLock { $0 = owner } }

    /// Counts an invocation, or a start, if it failed.
    package func count(_ outcome: InvocationOutcome) {
        guard outcome.errorType != nil else { return }
        var metrics = EmbeddedMetrics(deployment: deployment.withLock(\.self))
        metrics.count("FunctionErrors")
        output.hand(&metrics)
    }
}
