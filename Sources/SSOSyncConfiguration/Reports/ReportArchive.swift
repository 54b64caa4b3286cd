// SPDX-License-Identifier: Apache-2.0

package import SSOSyncAWS
package import SSOSyncCore

/// Keeps the report of each run in S3, each under a key of its own: `prefix/2026/11/22/072300Z-prod-0123456789abcdef.json`,
/// which has when the run began, whose it is, and its id.
///
/// It is told of runs as notifiers are, and treated as they are: that it fails makes no run fail.
package struct ReportArchive: Notifier {

    private let client: S3Client
    /// The bucket, and the prefix with a slash at its end.
    private let place: String
    private let owner: DeploymentOwner
    private let maker: ReportMaker
    private let lock: ReportsConfiguration.ObjectLock?
    private let targets: Set<TargetName>
    private let account: @Sendable () async -> String?

    /// - Parameters:
    ///   - reports: Where reports are kept, and for how long.
    ///   - owner: The deployment.
    ///   - maker: Who makes them.
    ///   - targets: Configured targets that are in the account of whoever runs the program.
    ///   - account: Says which one that is; nil if nobody knows.
    ///   - client: Writes there.
    package init(
        _ reports: ReportsConfiguration,
        owner: DeploymentOwner,
        madeBy maker: ReportMaker,
        accountOf targets: Set<TargetName> = [],
        is account: @escaping @Sendable () async -> String? = { nil },
        client: S3Client
    ) {
        (place, lock) = (reports.s3, reports.objectLock)
        (self.owner, self.maker) = (owner, maker)
        (self.targets, self.account) = (targets, account)
        self.client = client
    }

    /// Writes the report of a run that was to change something.
    ///
    /// - Throws: `SyncError` if it was not written, or if something has its key already; `CancellationError` if the task was
    ///   cancelled.
    package func notify(_ report: SyncReport) async throws {
        guard report.kind == .apply else { return }
        guard let location = S3Location(place + Self.key(report, owner)) else {
            throw SyncError(.unsupported, "\(place) is no prefix in S3")
        }
        let bytes = Array(await view(report).text.utf8)
        do {
            let receipt = try await client.put(
                bytes,
                at: location,
                contentType: "application/json",
                if: .isAbsent,
                retention: retention(report)
            )
            guard receipt == nil else { return }
        } catch let error as AWSError {
            throw SyncError(.unreachable, "the report is not in \(location): \(error.message)")
        }
        throw SyncError(
            .unreachable,
            "\(location) is there already and is not replaced: it may be this report, if S3's first answer was lost"
        )
    }

    /// The report, in which targets of several accounts are told apart.
    private func view(_ report: SyncReport) async -> ReportView {
        let isThere = { (target: TargetReport) in targets.contains(target.target.configured) }
        let account = report.targets.contains(where: isThere) ? await account() : nil
        return ReportView(report, owner: owner, madeBy: maker) { target in
            guard let account, isThere(target) else { return target.server }
            return target.server.map { "\(account) \($0)" } ?? account
        }
    }

    private func retention(_ report: SyncReport) -> S3Retention? {
        lock.map { lock in
            S3Retention(
                lock.mode == .governance ? .governance : .compliance,
                until: Timestamp(secondsSince1970: report.finishedAt.secondsSince1970 + Int64(lock.days) * 86_400)
            )
        }
    }

    /// Sorted by it, reports are in the order in which their runs began.
    static func key(_ report: SyncReport, _ owner: DeploymentOwner) -> String {
        "\(time(report.startedAt))-\(owner)-\(report.runId).json"
    }

    /// What keys of runs that begin in this second begin with: `2026/11/22/072300Z`.
    static func time(_ time: Timestamp) -> String {
        let time = Timestamp(secondsSince1970: time.secondsSince1970).description
        return "\(time.prefix(10).replacing("-", with: "/"))/\(time.dropFirst(11).replacing(":", with: ""))"
    }
}
