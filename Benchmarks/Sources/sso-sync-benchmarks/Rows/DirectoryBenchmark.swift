// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore

/// What a reading of the directory takes of memory, in a store that is fifty times as large.
struct DirectoryBenchmark: Benchmark {
    static let name = "directory"
    static let summary = "memory of a reading of the identity store, whose pages are not kept"

    /// Half of what the pages of the large store would be, were they kept as text.
    private static let limit = 10.0

    init(_ options: Options) {}

    func run() async throws -> [Row] {
        // The first reading makes what stays: it counts for neither.
        _ = try await Self.growth(people: 2_000, members: 500)
        return [
            try await Self.row("asked for one by one", members: 500),
            try await Self.row("listed, 1,000 pages", members: 2_000),
        ]
    }

    private static func row(_ way: String, members: Int) async throws -> Row {
        let small = try await growth(people: 2_000, members: members)
        let large = try await growth(people: 100_000, members: members)
        return .atMost(
            limit,
            "a group of \(Figures.thousands(members)) in a store of 100,000 people, \(way): more memory than in one of 2,000",
            max(0, large - small),
            unit: "MB",
            note: " (\(Figures.number(large)) : \(Figures.number(small)))"
        )
    }

    /// How much more memory is resident at the peak of a reading than before, in MB.
    private static func growth(people: Int, members: Int) async throws -> Double {
        let configuration = IdentityCenterSource.Configuration(
            regions: ["eu-west-1"],
            identityStoreId: "d-1234567890",
            limiter: RequestLimiter(requestsPerSecond: 1_000_000)
        )
        let credentials = Credentials(accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret")
        let source = IdentityCenterSource(
            configuration,
            credentials: StaticCredentialsProvider(credentials),
            transport: ImaginaryStore(people: people, members: members)
        )
        let group = DirectoryRequest.Group(name: GroupName(ImaginaryStore.group))
        let before = try ResidentMemory.restartPeak()
        let directory = try await source.directory(DirectoryRequest(groups: [group], scope: .everyone))
        let bytes = try ResidentMemory.peak() - before
        guard directory.people.count == members else { throw Trouble("\(directory.people.count) people were read") }
        return Double(bytes) / 1_000_000
    }
}
