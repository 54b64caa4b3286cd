// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// What it takes to find out about all accounts, beside the bare reading of the same tables.
struct InspectionBenchmark: Benchmark {
    static let name = "inspection"
    static let summary = "reading and joining 10,000 accounts on MySQL, beside mysql with the same queries"

    private static let accounts = 10_000
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        try await Server.with(MySQL()) { server in
            let deployment = try await Deployment(server)
            return try await run(deployment, try await deployment.fill(people: Self.accounts))
        }
    }

    private func run(_ deployment: Deployment, _ people: People) async throws -> [Row] {
        let server = deployment.server
        let directory = try await people.directory(DirectoryRequest(groups: [], scope: .everyone))
        let request = deployment.inspection(of: directory, now: .now)
        let queries = try await MySQL.readings(of: request, deployment)
        var (ours, working, theirs) = (Sample(), Sample(), Sample())
        for _ in 0..<options.rounds {
            try await deployment.withReadingSession { session in
                try MySQL().resetCount(on: server)
                ours.add(try await seconds { try await Self.inspect(session, request) })
                working.add(try MySQL.workingTime(on: server))
            }
            theirs.add(try await deployment.client.timeStatements(queries, .oneMessage))
        }
        return [
            .ratio("inspection, 10,000 accounts, MySQL, beside mysql", ours, to: theirs, atMost: 2),
            .note("  the server's part of it", "\(working)"),
        ]
    }

    private static func inspect(_ session: any ProvisioningSession, _ request: InspectionRequest) async throws {
        let found = try await session.inspect(request).accounts.count
        guard found == accounts else { throw Trouble("\(found) accounts were found") }
    }
}
