import SSOSyncCore
struct Probe: Benchmark {
    static let name = "probe"
    static let summary = "leaves servers for looking at"
    init(_ options: Options) {}
    func run() async throws -> [Row] {
        for (version, capacity) in [(17, 11_000), (17, 500), (15, 500)] {
            let server = try Server.keep(version)
            let deployment = try await Deployment(server, capacity: capacity)
            try Prefill(deployment, people: 10_000).run()
            print(server.name, version, capacity, server.port)
        }
        return []
    }
}
