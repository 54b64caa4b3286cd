// SPDX-License-Identifier: Apache-2.0

/// The round trips of a first run, counted by a proxy that makes each of them last 20 ms.
struct RoundTripsBenchmark: Benchmark {
    static let name = "round-trips"
    static let summary = "a first run of 200 people at 20 ms round-trip time"

    private static let people = 200

    init(_ options: Options) {}

    func run() async throws -> [Row] {
        var rows: [Row] = []
        for (engine, limit) in [(Postgres(15), 14), (Postgres(17), 14), (MySQL(), 30)] as [(any Engine, Double)] {
            rows += try await Server.with(engine) { try await run(on: $0, atMost: limit) }
        }
        return rows
    }

    private func run(on server: Server, atMost limit: Double) async throws -> [Row] {
        try await FaultProxy.with(server) { proxy in
            var deployment = try await Deployment(server, capacity: Self.people)
            deployment.port = proxy.port
            try proxy.delay(milliseconds: 10)
            let before = try proxy.roundTrips()
            let time = try await seconds {
                try await deployment.apply(People(0..<Self.people), operations: Self.people)
            }
            let trips = try proxy.roundTrips() - before
            return [
                .atMost(
                    limit,
                    "first run, \(Self.people) people, 20 ms round-trip time, \(server.engine.title)",
                    Double(trips),
                    unit: "round trips",
                    note: " (\(Figures.time(time)))"
                )
            ]
        }
    }
}
