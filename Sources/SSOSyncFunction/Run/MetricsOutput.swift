// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Where lines of metrics go.
struct MetricsOutput: Sendable {
    /// Writes a line.
    var write: @Sendable (String) -> Void = StandardOutput.print
    /// What it all goes through; whatever else in the process counts with it comes out in the same lines.
    var factory = EmbeddedMetricsFactory()

    /// Writes what is counted, and begins anew.
    func hand(_ metrics: inout EmbeddedMetrics) {
        metrics.hand(to: factory)
        for line in factory.lines(for: metrics.deployment, at: .now) { write(line) }
    }
}
