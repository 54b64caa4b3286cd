// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
internal import SSOSyncConcurrency
public import SSOSyncCore

/// Reads the reports that the runs of a deployment, of all its spokes say, have left in S3: below one prefix, or each in a
/// folder of its own there.
public struct FleetReports: Sendable {
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

    /// What the runs came to that began in this while: as many reports are read as there are in it.
    ///
    /// - Throws: `SyncError` if reports cannot be listed, or one that is there cannot be read.
    public func summary(from start: Timestamp, until end: Timestamp) async throws -> FleetSummary {
        var days = [day(start)]
        var time = start
        while let last = days.last, last < day(end) {
            time = time.advanced(bySeconds: 86_400)
            days.append(day(time))
        }
        return try await summary(of: days, after: ReportArchive.time(start))
    }

    /// What the runs came to that began on this day, such as `2026-11-27`, in UTC.
    ///
    /// - Throws: `SyncError` if reports cannot be listed, or one that is there cannot be read.
    public func summary(of day: String) async throws -> FleetSummary {
        try await summary(of: [day.replacing("-", with: "/")], after: "")
    }

    /// No report is kept for longer than it takes to count what it says, nor are keys but those of a page.
    private func summary(of days: [String], after start: String) async throws -> FleetSummary {
        var tally = FleetTally()
        do {
            for folder in try await folders() {
                let prefix = place.key.dropLast() + folder
                for day in days {
                    let pages = client.keys(
                        in: place.bucket,
                        beginningWith: "\(prefix)\(day)/",
                        after: "\(prefix)\(start)"
                    )
                    for try await page in pages { try await add(page.keys, in: folder, to: &tally) }
                }
            }
        } catch let error as AWSError {
            throw SyncError(.unreachable, "the reports could not be read: \(error.message)")
        }
        return FleetSummary(tally)
    }

    private func day(_ time: Timestamp) -> String { String(ReportArchive.time(time).prefix(10)) }

    private func add(_ keys: [String], in folder: String, to tally: inout FleetTally) async throws {
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
