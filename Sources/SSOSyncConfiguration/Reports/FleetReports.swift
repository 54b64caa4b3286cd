// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
internal import SSOSyncConcurrency
public import SSOSyncCore

/// Reads the reports that the runs of a deployment, of all its spokes say, have left in S3: below one prefix, or each in a
/// folder of its own there.
public struct FleetReports: Sendable {
    /// When the runs began whose reports are read.
    public struct Period: Sendable {
        /// Days, as keys have them.
        let days: [String]
        /// What the first key comes after.
        let start: String

        /// A day such as `2026-11-27`, in UTC.
        public init(day: String) { (days, start) = ([day.replacing("-", with: "/")], "") }

        /// A while.
        public init(from start: Timestamp, until end: Timestamp) {
            let day = { (time: Timestamp) in String(ReportArchive.time(time).prefix(10)) }
            var days = [day(start)]
            var time = start
            while let last = days.last, last < day(end) {
                time = time.advanced(bySeconds: 86_400)
                days.append(day(time))
            }
            (self.days, self.start) = (days, ReportArchive.time(start))
        }
    }

    /// So many reports are read at a time.
    private static let concurrentReports = 16
    /// More than the report of 10,000 accounts of which each has something done to it.
    private static let limit = 64 << 20

    private let client: S3Client
    private let place: S3Location

    /// - Parameters:
    ///   - text: The prefix that reports are kept under, as `s3://bucket/prefix/`.
    ///   - region: Where the bucket is; nil for the environment's Region.
    ///   - aws: How AWS is reached.
    /// - Throws: ``UsageError`` if the prefix or the Region is missing or wrong.
    public init(_ text: String, region: String?, aws: AWSAccess) throws {
        guard text.hasSuffix("/"), let place = S3Location(text + "2") else {
            throw UsageError(
                "Where are the reports? Give a prefix that ends with a slash, such as s3://bucket/reports/"
            )
        }
        guard let region = region ?? aws.regions.first else {
            throw UsageError("Which Region is the bucket in? Give --region, or set AWS_REGION.")
        }
        do throws(AWSError) {
            self.init(S3Client(try aws.client(.s3, region: region)), place)
        } catch {
            throw UsageError("S3 cannot be asked in \(region): \(error.message)")
        }
    }

    init(_ client: S3Client, _ place: S3Location) { (self.client, self.place) = (client, place) }

    /// What the runs came to that began then: as many reports are read as there are.
    ///
    /// - Throws: `SyncError` if reports cannot be listed, or one that is there cannot be read.
    public func summary(of period: Period) async throws -> FleetSummary {
        var tally = FleetTally()
        try await read(period, into: &tally)
        return FleetSummary(tally)
    }

    /// What came of a run of a hub, by the reports of the runs that began then.
    ///
    /// - Throws: `SyncError` if reports cannot be listed, or one that is there cannot be read.
    public func run(_ run: HubRunId, in period: Period) async throws -> FleetRun {
        var tally = FleetRunTally(run)
        try await read(period, into: &tally)
        return FleetRun(tally)
    }

    /// No report is kept for longer than it takes to count what it says, nor are keys but those of a page.
    private func read(_ period: Period, into tally: inout some ReportTally) async throws {
        do {
            for folder in try await folders() {
                let prefix = place.key.dropLast() + folder
                for day in period.days {
                    let pages = client.keys(
                        in: place.bucket,
                        beginningWith: "\(prefix)\(day)/",
                        after: "\(prefix)\(period.start)"
                    )
                    for try await page in pages { try await add(page.keys, in: folder, to: &tally) }
                }
            }
        } catch let error as AWSError {
            throw SyncError(.unreachable, "the reports could not be read: \(error.message)")
        }
    }

    private func add(_ keys: [String], in folder: String, to tally: inout some ReportTally) async throws {
        for keys in keys.filter({ $0.hasSuffix(".json") }).chunks(of: Self.concurrentReports) {
            for (key, result) in await keys.concurrently({ try await report($0) }) {
                guard var report = try result.get() else {
                    tally.unreadable.append(key)
                    continue
                }
                report.folder = folder
                tally.add(report)
            }
        }
    }

    /// The prefix itself, and what is below it of those who have a folder of their own: all that is no year.
    private func folders() async throws -> [String] {
        let prefix = String(place.key.dropLast())
        var folders = [""]
        for try await page in client.keys(in: place.bucket, beginningWith: prefix, byFolder: true) {
            folders += page.folders.map { String($0.dropFirst(prefix.count)) }.filter {
                !ReportsConfiguration.isYear($0.dropLast())
            }
        }
        return folders
    }

    /// - Returns: Nil for what is none, or was written by another version of the program.
    private func report(_ key: String) async throws -> KeptReport? {
        guard let location = S3Location(bucket: place.bucket, key: key) else { return nil }
        // One that was deleted meanwhile is as if it had never been.
        guard let object = try await client.object(at: location, limit: Self.limit) else { return nil }
        return try? JSONDecoder().decode(KeptReport.self, from: Data(object.bytes))
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
