// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// A hub and its spokes as they are deployed: a directory, queues, a bucket and a key in the stand-in for AWS, and a real
/// server for each spoke.
struct FleetStory {
    /// A function that works on one server.
    struct Spoke {
        let name: String
        let world: World
        fileprivate(set) var queue: SQSClient
        /// The groups that it maps.
        let groups: [String]
        /// The Region that it is in.
        let region: String
        /// Where it reads the snapshot.
        let place: S3Location
        let folder: TemporaryFolder
        /// The variables that it is deployed with.
        var variables: [String: String]

        /// The text of its configuration.
        var configuration: String { String(decoding: folder.contents("sso-sync.json"), as: UTF8.self) }
    }

    /// The servers that a spoke is tried on: one of each engine.
    static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }
    /// A group whose id is pinned.
    static let readers = AWSStandIn.id(90_001)
    /// A group that is known by its name.
    static let writers = AWSStandIn.id(90_002)

    var aws: AWSStandIn.World
    /// The queue that events come from.
    let events: SQSClient
    private(set) var spokes: [Spoke]
    /// The variables that the hub is deployed with.
    var variables: [String: String]
    /// Where the snapshot is.
    let snapshot: S3SnapshotStore
    /// The same, and the bucket.
    let place: S3Location
    let hub: TemporaryFolder
    /// The hub's configuration.
    private var hubText: String
    /// The key that signs.
    let key: String

    /// - Parameters:
    ///   - worlds: Whose servers they are, a spoke for each.
    ///   - people: How many people there are.
    ///   - groups: The groups that there are; by default two, with nobody in them.
    ///   - mapped: The groups that each spoke maps; by default those two.
    ///   - copies: Further places for the snapshot.
    ///   - names: What each spoke calls its target; by default each has a name of its own.
    ///   - regions: The Region that each spoke is in; by default the hub's. Each has a copy of the snapshot.
    ///   - hasReports: Whether hub and spokes keep their reports, under ``reports``.
    init(
        _ worlds: [World],
        people: Int = 20,
        groups: [AWSStandIn.Group] = [
            AWSStandIn.Group(Self.readers, "Readers"), AWSStandIn.Group(Self.writers, "Writers"),
        ],
        mapped: [[String]]? = nil,
        copies: [String] = [],
        names: [String]? = nil,
        regions: [String]? = nil,
        hasReports: Bool = false
    ) async throws {
        aws = try await AWSStandIn.world()
        try await aws.load(users: (1...people).map { AWSStandIn.User($0) }, groups: groups)
        events = try await AWSMessages(aws).queue()
        variables = Self.variables("hub", events)
        place = try #require(S3Location(bucket: try await aws.makeBucket(hasVersions: true), key: "snapshot.json"))
        snapshot = S3SnapshotStore(place, client: S3Client(try aws.client(.s3)))
        key = try await aws.makeKey()
        let pin = try #require(
            try await KMSClient(aws.client(.kms)).publicKey(of: key).bytes.withUnsafeBytes { Self.fingerprint($0) }
        )
        let names = names ?? worlds.indices.map { "target-\($0)" }
        let reports = hasReports ? #""reports": { "s3": "\#(Self.reports(place))", "region": "\#(aws.region)" }, "# : ""
        var places = [aws.region: place]
        var spokes: [Spoke] = []
        for (number, world) in worlds.enumerated() {
            let folder = try TemporaryFolder()
            try folder.write(
                bytes: Array(try Data(contentsOf: URL(filePath: world.server.authority))),
                to: "ca.pem"
            )
            let groups = mapped?[number] ?? ["Readers", "Writers"]
            var there = aws
            there.region = regions?[number] ?? aws.region
            if places[there.region] == nil {
                let bucket = try await there.makeBucket("copy-\(there.region)-\(place.bucket)", hasVersions: true)
                places[there.region] = S3Location(bucket: bucket, key: place.key)
            }
            let own = try #require(places[there.region])
            let text = Self.spoke(names[number], world, groups, there, own, pin: pin)
            try folder.write(text.replacing("\"directory\":", with: reports + "\"directory\":"), to: "sso-sync.json")
            try world.allow(aws)
            let queue = try await AWSMessages(there).queue()
            spokes.append(
                Spoke(
                    name: "spoke-\(number)",
                    world: world,
                    queue: queue,
                    groups: groups,
                    region: there.region,
                    place: own,
                    folder: folder,
                    variables: Self.variables("spoke", queue)
                        .merging(["AWS_REGION": there.region, "SSOSYNC_SPOKE": "spoke-\(number)"]) { $1 }
                )
            )
        }
        self.spokes = spokes
        hub = try TemporaryFolder()
        let others = places.filter { [region = aws.region] in $0.key != region }.sorted { $0.key < $1.key }.map {
            ("\($1)", $0)
        }
        let all = (["\(place)"] + copies).map { [region = aws.region] in ($0, region) } + others
        let text = Self.hub(aws, all, key: key, zip(spokes, names))
        hubText = text.replacing("\"directory\":", with: reports + "\"directory\":")
        try hub.write(hubText, to: "sso-sync.json")
    }

    /// A server of each engine, with a spoke each, which all have one directory.
    ///
    /// - Parameters:
    ///   - make: Makes what is there once the servers are.
    ///   - body: What happens then.
    static func onEachEngine(
        _ make: ([World]) async throws -> FleetStory = { try await FleetStory($0) },
        _ body: (FleetStory) async throws -> Void
    ) async throws {
        func with(_ engines: ArraySlice<TestEngine>, _ worlds: [World]) async throws {
            guard let engine = engines.first else { return try await body(try await make(worlds)) }
            try await World.with(engine) { try await with(engines.dropFirst(), worlds + [$0]) }
        }
        try await with(Self.engines[...], [])
    }

    /// A spoke whose queue has the message of a snapshot by which the first person may read.
    static func announced(to world: World) async throws -> FleetStory {
        let story = try await FleetStory([world])
        try await story.aws.join(1, Self.readers)
        _ = try await story.playHub([LambdaEvents.schedule])
        return story
    }

    /// The same with more variables that the hub is deployed with.
    func with(_ more: [String: String]) -> FleetStory {
        var story = self
        story.variables.merge(more) { $1 }
        return story
    }

    /// Has the hub's configuration freeze that from now on; nil for nothing.
    func freeze(_ what: String?) throws {
        let rollout = what.map { #""rollout": { "freeze": "\#($0)" }, "hub":"# }
        try hub.write(hubText.replacing("\"hub\":", with: rollout ?? "\"hub\":"), to: "sso-sync.json")
    }

    /// Has the hub configured otherwise.
    mutating func configureHub(_ change: (String) -> String) throws {
        hubText = change(hubText)
        try hub.write(hubText, to: "sso-sync.json")
    }

    /// Has the hub send to a spoke by another queue, and the spoke deployed with these variables.
    mutating func move(spoke number: Int, to queue: SQSClient, with variables: [String: String]) throws {
        let former = spokes[number].queue.queueURL
        (spokes[number].queue, spokes[number].variables) = (queue, variables)
        try configureHub { $0.replacing(former, with: queue.queueURL) }
    }

    /// Has a spoke work on one more server.
    ///
    /// - Parameters:
    ///   - target: What it is called.
    ///   - world: Whose server it is.
    ///   - port: Where it is said to be; by default where it is.
    ///   - spoke: The spoke.
    func add(_ target: String, on world: World, port: Int? = nil, to spoke: Spoke) throws {
        let (name, folder) = ("sso-sync.json", spoke.folder)
        let read = try JSONSerialization.jsonObject(with: Data(folder.contents(name))) as? [String: Any]
        var configuration = try #require(read)
        var targets = try #require(configuration["targets"] as? [[String: Any]])
        targets.append(
            targets[0].merging([
                "name": target, "engine": world.engine == .mysql ? "mysql" : "postgres",
                "port": port ?? world.server.port, "tls": ["ca": "\(target).pem"],
            ]) { $1 }
        )
        configuration["targets"] = targets
        try folder.write(bytes: Array(try Data(contentsOf: URL(filePath: world.server.authority))), to: "\(target).pem")
        try folder.write(bytes: Array(try JSONSerialization.data(withJSONObject: configuration)), to: name)
        try world.allow(aws)
    }

    private static func variables(_ role: String, _ queue: SQSClient) -> [String: String] {
        ["SSOSYNC_ROLE": role, "SSOSYNC_EVENT_QUEUE_URL": queue.queueURL]
    }

    private static func fingerprint(_ bytes: UnsafeRawBufferPointer) -> String? {
        let folder = try? TemporaryFolder()
        guard let folder, let file = try? folder.write(bytes: Array(bytes), to: "key.der") else { return nil }
        return try? ChildProcess.outputBlocking(["sha256sum", file]).split(separator: " ").first.map(String.init)
    }

    private static func hub(
        _ aws: AWSStandIn.World,
        _ places: [(place: String, region: String)],
        key: String,
        _ spokes: some Sequence<(Spoke, String)>
    ) -> String {
        let copies = places.map { #"{ "s3": "\#($0)", "region": "\#($1)" }"# }.joined(separator: ", ")
        let list = spokes.map { spoke, target in
            let groups = spoke.groups.map { $0 == "Readers" ? #""Readers": "\#(readers)""# : #""\#($0)": null"# }
            return """
                { "name": "\(spoke.name)", "queueUrl": "\(spoke.queue.queueURL)", "region": "\(spoke.region)",
                  "targets": ["\(target)"], "groups": { \(groups.joined(separator: ", ")) } }
                """
        }
        return """
            {
              "version": 1, "owner": "test",
              "directory": {
                "identityCenter": { "region": "\(aws.region)", "identityStoreId": "\(aws.store)", "requestsPerSecond": 100 }
              },
              "hub": {
                "key": "\(key)", "snapshots": [\(copies)],
                "spokes": [\(list.joined(separator: ", "))]
              }
            }
            """
    }

    private static func spoke(
        _ target: String,
        _ world: World,
        _ groups: [String],
        _ aws: AWSStandIn.World,
        _ place: S3Location,
        pin: String
    ) -> String {
        let rules = groups.map { group in
            let id = group == "Readers" ? #""id": "\#(readers)", "# : ""
            return #""\#(group)": { \#(id)"roles": ["\#(group == "Readers" ? "readers" : "writers")"] }"#
        }
        return """
            {
              "version": 1, "owner": "test",
              "directory": {
                "snapshot": {
                  "s3": "\(place)", "region": "\(aws.region)", "publicKeySHA256": "\(pin)", "directoryId": "\(aws.store)"
                }
              },
              "brake": { "removals": 1000, "percent": 100, "joins": 1000 },
              "targets": [{
                "name": "\(target)", "mode": "enforce", "engine": "\(world.engine == .mysql ? "mysql" : "postgres")",
                "host": "localhost", "port": \(world.server.port), "region": "\(aws.region)",
                "user": "sso_provisioner", "tls": { "ca": "ca.pem" },
                "groups": { \(rules.joined(separator: ", ")) }
              }]
            }
            """
    }

    /// Where reports are kept, if they are: beside the snapshot.
    var reports: String { Self.reports(place) }

    private static func reports(_ snapshot: S3Location) -> String { "s3://\(snapshot.bucket)/reports/" }

    /// The text of the hub's configuration.
    var configuration: String { String(decoding: hub.contents("sso-sync.json"), as: UTF8.self) }

    // MARK: Events

    /// A change of a membership, as the console's is told of.
    func event(_ name: String, _ person: Int, _ group: String = Self.readers) -> String {
        LambdaEvents.membership(name, person: AWSStandIn.id(person), group: group, store: aws.store)
    }
}
