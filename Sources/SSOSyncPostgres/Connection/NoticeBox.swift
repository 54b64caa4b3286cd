// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL

/// Where libpq's notice receiver puts what arrives.
///
/// Touched only by whoever calls libpq with its connection.
final class NoticeBox {
    /// So that a server that never stops talking cannot fill the memory.
    private static let capacity = 1_000

    /// `name_too_long`: the server cut an identifier off, and went on.
    /// https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static let truncationState = "42622"

    /// Knows what must not be kept.
    let scrubber: SecretScrubber

    private var notices: [PostgresNotice] = []
    private var truncation: String?

    init(scrubber: SecretScrubber) {
        self.scrubber = scrubber
    }

    /// Adds what arrived.
    func add(_ report: ServerReport) {
        if report.sqlState == Self.truncationState, truncation == nil { truncation = report.message }
        guard notices.count < Self.capacity else { return }
        notices.append(
            PostgresNotice(severity: report.severity, sqlState: report.sqlState, message: report.message)
        )
    }

    /// Takes out what arrived since the last time.
    func drain() -> [PostgresNotice] {
        defer { notices = [] }
        return notices
    }

    /// Takes out the message of a cut-off name, if there was one since the last time.
    func takeTruncation() -> String? {
        defer { truncation = nil }
        return truncation
    }
}
