// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Where lines of metrics go.
struct MetricsOutput: Sendable {
    /// Writes a line.
    var write: @Sendable (String) -> Void = StandardOutput.print
    /// What it all goes through; whatever else in the process counts with it comes out in the same lines.
    var factory = EmbeddedMetricsFactory()
    /// The spoke whose figures they are; nil for those of a deployment that has none.
    ///
    /// There may be several in one account and Region, each with a VPC of its own. One that works must not hide that another does
    /// not: an alarm watches each.
    var spoke: String?

    /// Writes what is counted, and begins anew.
    func hand(_ metrics: inout EmbeddedMetrics) {
        metrics.hand(to: factory)
        let deployment = spoke.map { DeploymentOwner("\(metrics.deployment)/\($0)") } ?? metrics.deployment
        for line in factory.lines(for: deployment, at: .now) { write(line) }
    }
}
