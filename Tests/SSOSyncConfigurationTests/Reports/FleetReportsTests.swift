// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// Reports of a fleet in S3: moto's, behind the verifier of signatures.
struct FleetReportsTests: FleetSamples {
    @Test func `reports of all who keep them in one place are found, by day`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let client = S3Client(try aws.client(.s3))
        let reports = ReportsConfiguration(s3: "s3://\(bucket)/r/", region: aws.region, objectLock: nil)
        let owners: [DeploymentOwner] = ["a", "b", "a", "b"]
        for (owner, report) in zip(owners, self.reports) {
            try await ReportArchive(reports, owner: owner, madeBy: .single, client: client).notify(report)
        }
        let day = try #require(S3Location(bucket: bucket, key: "r/2026/11/22/x.json"))
        _ = try await client.put(Array("{}".utf8), at: day)
        let access = AWSAccess(environment: aws.environment)
        let fleet = try FleetReports("s3://\(bucket)/r/", region: aws.region, aws: access)
        let summary = try await fleet.summary(of: .init(from: World.now.advanced(bySeconds: -86_400), until: World.now))
        #expect(summary.targets == FleetSummary(try zip(self.reports, owners).map(kept)).targets)
        #expect(summary.targets.map(\.owner) == ["a", "b", "a", "b"])
        #expect(summary.unreadable == ["r/2026/11/22/x.json"])
        #expect(try await fleet.summary(of: .init(day: "2026-11-21")).targets.isEmpty)
        // The first two are of 12:00 and 12:15, and what is no report comes after all.
        let late = try await fleet.summary(of: .init(from: World.now.advanced(bySeconds: 900), until: World.now))
        #expect(late.runs == 3 && late.unreadable == summary.unreadable)
        var keys: [String] = []
        for try await page in client.keys(in: bucket, beginningWith: "r/2026/") { keys += page.keys }
        #expect(keys.count == 5 && keys == keys.sorted())
        #expect(try await aws.calls().allSatisfy(\.verified))
    }

    @Test func `of a day with tens of thousands of reports those of the last hour are read, and none is kept`()
        async throws
    {
        let bucket = BusyBucket()
        let client = S3Client(try AWSClient(.s3, region: "eu-west-1", credentials: nil, transport: bucket))
        let fleet = FleetReports(client, try #require(S3Location("s3://bucket/r/2")))
        let summary = try await fleet.summary(of: .init(from: World.now.advanced(bySeconds: -3_600), until: World.now))
        #expect(summary.runs == 3_600 && summary.targets.map(\.changes) == [3_600] && summary.unreadable.isEmpty)
        let asked = bucket.asked.withLock { $0 }
        #expect(asked.used.count == 3_600 && asked.lists == 5)
        // They have 108 MB together, and took 94 where they were kept. Tests that run beside this one take some memory, too.
        let first = try #require(asked.used[..<360].min())
        let last = try #require(asked.used[3_240...].min())
        #expect(last - first < 50 << 20, "2,880 reports took \(last - first) bytes of memory")
    }

    @Test func `two spokes that look into their own accounts for one id do not hide each other, in one folder either`()
        async throws
    {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let place = ReportsConfiguration(s3: "s3://\(bucket)/r/", region: aws.region, objectLock: nil)
        let server = "eu-west-1 cluster database-1"
        for (number, target) in [failed("orders"), applied("orders")].enumerated() {
            let archive = ReportArchive(
                place,
                owner: "prod",
                madeBy: .spoke,
                accountOf: ["orders"],
                is: { "00000000000\(number)" },
                client: S3Client(try aws.client(.s3))
            )
            try await archive.notify(report(number, after: Int64(number), [at(server, target)]))
        }
        let access = AWSAccess(environment: aws.environment)
        let summary = try await FleetReports("s3://\(bucket)/r/", region: aws.region, aws: access)
            .summary(of: .init(day: "2026-11-22"))
        #expect(summary.targets.map(\.verdict) == ["partial-failure", "in-sync"] && summary.verdict == .partialFailure)
        #expect(summary.targets.map(\.server) == ["000000000000 \(server)", "000000000001 \(server)"])
        #expect(summary.text.contains("\norders (000000000001 \(server))  "))
    }

    @Test func `reports are found in folders of those who keep them, too`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let client = S3Client(try aws.client(.s3))
        for (folder, report) in zip(["", "orders/", "shop/", "2026-shop/"], self.reports) {
            let place = ReportsConfiguration(s3: "s3://\(bucket)/r/\(folder)", region: aws.region, objectLock: nil)
            try await ReportArchive(place, owner: "prod", madeBy: .spoke, client: client).notify(report)
        }
        let access = AWSAccess(environment: aws.environment)
        let summary = try await FleetReports("s3://\(bucket)/r/", region: aws.region, aws: access)
            .summary(of: .init(day: "2026-11-22"))
        #expect(summary.runs == 4 && summary.runsWithoutDirectory == 1 && summary.lacksDirectory)
        #expect(
            summary.targets.map { $0.folder + $0.target.rawValue } == [
                "orders", "shop", "orders/orders", "orders/shop", "shop/shop",
            ]
        )
        var folders: [String] = []
        let pages = client.keys(in: bucket, beginningWith: "r/", byFolder: true)
        for try await page in pages { folders += page.folders + page.keys }
        #expect(folders == ["r/2026-shop/", "r/2026/", "r/orders/", "r/shop/"])
        #expect(try await aws.calls().allSatisfy(\.verified))
    }

    @Test func `what is no prefix, and reports that cannot be listed, are told`() async throws {
        let aws = try await AWSStandIn.world()
        let access = AWSAccess(environment: aws.environment.merging(["AWS_MAX_ATTEMPTS": "1"]) { $1 })
        for text in ["s3://a-bucket/r", "a-bucket/r/", "s3://A/r/"] {
            #expect(throws: UsageError.self) { try FleetReports(text, region: aws.region, aws: access) }
        }
        let fleet = try FleetReports("s3://no-\(aws.store.dropFirst(2))/", region: aws.region, aws: access)
        let error = await #expect(throws: SyncError.self) { try await fleet.summary(of: .init(day: "2026-11-22")) }
        #expect(error?.message.contains("there is no bucket no-") == true, "\(String(describing: error))")
    }
}
