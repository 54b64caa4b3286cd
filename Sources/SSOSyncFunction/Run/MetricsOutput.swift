// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Where lines of metrics go.
struct MetricsOutput: Sendable {
    /// Writes a line.
    var write: @Sendable (String) -> Void = StandardOutput.print

    /// Writes what is counted, and begins anew.
    func hand(_ metrics: inout EmbeddedMetrics) {
        for line in metrics.lines(at: .now) { write(line) }
    }
}
