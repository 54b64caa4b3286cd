// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
internal import SSOSyncConcurrency
internal import SSOSyncCore

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
            client = S3Client(try aws.client(.s3, region: region))
        } catch {
            throw UsageError("S3 cannot be asked in \(region): \(error.message)")
        }
        self.place = place
    }

    /// What the runs came to that began on these days.
    ///
    /// - Parameter days: Days such as `2026-11-27`, in UTC.
    /// - Throws: `SyncError` if reports cannot be listed, or one that is there cannot be read.
    public func summary(of days: [String]) async throws -> FleetSummary {
        do {
            var reports: [KeptReport] = []
            var unreadable: [String] = []
            for folder in try await folders() {
                for key in try await keys(of: days, in: folder).chunks(of: Self.concurrentReports) {
                    for (key, result) in await key.concurrently({ try await report($0) }) {
                        guard var report = try result.get() else {
                            unreadable.append(key)
                            continue
                        }
                        report.folder = folder
                        reports.append(report)
                    }
                }
            }
            return FleetSummary(reports, unreadable: unreadable)
        } catch let error as AWSError {
            throw SyncError(.unreachable, "the reports could not be read: \(error.message)")
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

    private func keys(of days: [String], in folder: String) async throws -> [String] {
        let prefix = place.key.dropLast() + folder
        var keys: [String] = []
        for day in days {
            let pages = client.keys(
                in: place.bucket,
                beginningWith: "\(prefix)\(day.replacing("-", with: "/"))/"
            )
            for try await page in pages { keys += page.keys.filter { $0.hasSuffix(".json") } }
        }
        return keys
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
