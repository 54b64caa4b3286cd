// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// Reports in S3: moto's, behind the verifier of signatures.
struct ReportArchiveTests {
    private static let run = "0123456789abcdef"
    private static let key = "reports/2026/11/22/120000Z-prod-\(run).json"

    private func archive(
        _ aws: AWSStandIn.World,
        _ bucket: String,
        lock: ReportsConfiguration.ObjectLock? = nil,
        attempts: Int = 1
    ) throws -> ReportArchive {
        let reports = ReportsConfiguration(s3: "s3://\(bucket)/reports/", region: aws.region, objectLock: lock)
        let client = S3Client(try aws.client(.s3, attempts: attempts))
        return ReportArchive(reports, owner: "prod", madeBy: .single, client: client)
    }

    private func report(
        _ kind: SyncReport.Kind = .apply,
        run: String = Self.run,
        finished: Timestamp = .now,
        on targets: [TargetReport] = [TargetReport(target: "orders", failure: SyncError(.unreachable, "no route"))]
    ) -> SyncReport {
        SyncReport(
            runId: run,
            kind: kind,
            startedAt: World.now,
            finishedAt: finished,
            directoryAsOf: World.now,
            sourceFailure: nil,
            targets: targets
        )
    }

    private func object(_ aws: AWSStandIn.World, _ bucket: String, _ key: String = Self.key) async throws -> String? {
        let location = try #require(S3Location(bucket: bucket, key: key))
        let object = try await S3Client(try aws.client(.s3)).object(at: location)
        return object.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private func failure(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `the report of a run is under a key that has when it began, whose it is, and its id`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        try await archive(aws, bucket).notify(report())
        let text = try #require(try await object(aws, bucket))
        #expect(text.contains(#""owner":"prod""#) && text.contains(#""run":"0123456789abcdef""#))
        #expect(text.contains(#""scope":"everyone""#) && text.contains("no route"))
        #expect(text.contains(#""madeBy":"single""#))
        #expect(try await aws.calls().allSatisfy(\.verified))
    }

    @Test func `of targets in the account of whoever runs, the report says which one that is`() async throws {
        let aws = try await AWSStandIn.world()
        let (bucket, asked) = (try await aws.makeBucket(), Locked(0))
        let reports = ReportsConfiguration(s3: "s3://\(bucket)/reports/", region: aws.region, objectLock: nil)
        let archive = ReportArchive(
            reports,
            owner: "prod",
            madeBy: .command,
            accountOf: ["orders", "shop", "stock"],
            is: {
                asked.withLock { $0 += 1 }
                return "222222222222"
            },
            client: S3Client(try aws.client(.s3))
        )
        let places: [(TargetName, String?)] = [
            ("orders", "eu-west-1 cluster a"), ("shop/b", "eu-west-1 cluster b"), ("stock", nil),
            ("other", "333333333333 eu-west-1 cluster a"),
        ]
        let targets = places.map { name, server in
            var target = TargetReport(target: name)
            target.server = server
            return target
        }
        try await archive.notify(report(on: targets))
        let text = try #require(try await object(aws, bucket))
        #expect(
            text.matches(of: /"server":"([^"]*)"/).map { String($0.1) } == [
                "222222222222 eu-west-1 cluster a", "333333333333 eu-west-1 cluster a",
                "222222222222 eu-west-1 cluster b", "222222222222",
            ]
        )
        try await archive.notify(report(run: "fedcba9876543210", on: [targets[3]]))
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `plans are kept nowhere`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        try await archive(aws, bucket).notify(report(.plan))
        #expect(try await object(aws, bucket) == nil)
    }

    @Test func `what is there is not replaced, and the run is told so`() async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let archive = try archive(aws, bucket)
        try await archive.notify(report(finished: World.now))
        let first = try await object(aws, bucket)
        let failure = await failure { try await archive.notify(report()) }
        #expect(failure.hasPrefix("s3://\(bucket)/\(Self.key) is there already and is not replaced"), "\(failure)")
        #expect(try await object(aws, bucket) == first)
        // Another run of the same second is another report.
        try await archive.notify(report(run: "fedcba9876543210"))
    }

    @Test(arguments: ReportsConfiguration.ObjectLock.Mode.allCases)
    func `a report is locked from the end of the run on, if the bucket can do that`(
        mode: ReportsConfiguration.ObjectLock.Mode
    ) async throws {
        let aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket(hasObjectLock: true)
        let finished = Timestamp(secondsSince1970: Timestamp.now.secondsSince1970)
        let lock = ReportsConfiguration.ObjectLock(mode: mode, days: 30)
        try await archive(aws, bucket, lock: lock).notify(report(finished: finished))
        let response = try await aws.client(.s3).send(
            AWSCall("GetObject", method: "GET", path: "/\(bucket)/\(Self.key)")
        )
        #expect(response.headers["x-amz-object-lock-mode"] == mode.rawValue.uppercased())
        let until = try #require(response.headers["x-amz-object-lock-retain-until-date"])
        #expect(Timestamp(until) == finished.advanced(bySeconds: 30 * 86_400), "\(until)")
        #expect(try await aws.calls().allSatisfy(\.verified))
    }

    @Test func `what keeps a report from being written is told with what mends it`() async throws {
        var aws = try await AWSStandIn.world()
        let bucket = try await aws.makeBucket()
        let lock = ReportsConfiguration.ObjectLock(mode: .governance, days: 1)
        let locked = await failure { try await archive(aws, bucket, lock: lock).notify(report()) }
        #expect(locked.contains("bucket \(bucket) was made without object lock"), "\(locked)")
        let none = await failure { try await archive(aws, "no-\(bucket)").notify(report()) }
        #expect(none.contains("there is no bucket no-\(bucket): make it, or give another"), "\(none)")
        try await aws.setFaults([.error("AccessDenied", status: 403, of: "PutObject", times: 2)])
        let denied = await failure { try await archive(aws, bucket).notify(report()) }
        #expect(denied.contains("s3:PutObject is denied: allow it on arn:aws:s3:::\(bucket)/\(Self.key)"), "\(denied)")
        let lockDenied = await failure { try await archive(aws, bucket, lock: lock).notify(report()) }
        #expect(lockDenied.contains("s3:PutObject and s3:PutObjectRetention"), "\(lockDenied)")
    }

    @Test func `whoever has no Region for the bucket is told, and works all the same`() async throws {
        let text = Sample.json(#", "reports": {"s3": "s3://a-bucket/r/"}"#)
        let configuration = try Sample.configuration(text, file: "c.json")
        let assembler = NotifierAssembler(
            configuration: configuration,
            aws: AWSAccess(environment: [:]),
            environment: [:],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let archive = try #require(assembler.archive(madeBy: .command))
        let problem = await failure { try await archive.notify(report()) }
        #expect(problem == "reports: the Region is not known: give region, or set AWS_REGION")
        try await archive.notify(report(.plan))
    }
}
