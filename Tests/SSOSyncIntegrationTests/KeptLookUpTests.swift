// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What RDS has said about a target, in a process that runs again and again.
@Suite("Look-ups that are kept", .timeLimit(.minutes(5)))
struct KeptLookUpTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    /// A process with one target, whose directory is a file.
    private struct Process {
        let folder: TemporaryFolder
        let stand: AWSStandIn.World
        let assembly: Assembly
        private let configuration: ConfigurationFile

        init(_ world: World, _ rds: AWSStandIn.RDS) async throws {
            var stand = try await AWSStandIn.world()
            stand.rds = [stand.region: rds]
            try await stand.set()
            try world.allow(stand)
            folder = try TemporaryFolder()
            try folder.write(
                """
                {
                  "version": 1, "owner": "test", "directory": { "file": { "path": "people.json" } },
                  "targets": [{
                    "name": "orders", "mode": "enforce", "cluster": "orders", "region": "\(stand.region)",
                    "user": "sso_provisioner", "tls": { "ca": "\(world.server.authority)" },
                    "groups": { "team": { "id": "g-1", "roles": ["readers"] } }
                  }]
                }
                """,
                to: "sso-sync.json"
            )
            configuration = try ConfigurationFile(path: folder.file("sso-sync.json"), documents: DocumentReader())
            try folder.write(Self.people(["ann"]), to: "people.json")
            assembly = try Self.assembly(configuration, stand)
            self.stand = stand
        }

        /// Another process of the same deployment.
        init(beside other: Process) throws {
            (folder, stand, configuration) = (other.folder, other.stand, other.configuration)
            assembly = try Self.assembly(configuration, stand)
        }

        private static func assembly(_ configuration: ConfigurationFile, _ stand: AWSStandIn.World) throws -> Assembly {
            try Assembly(
                configuration,
                environment: stand.environment,
                documents: DocumentReader(),
                keepsConnections: true
            )
        }

        private static func people(_ members: [String], named name: String = "ann") -> String {
            let members = members.map { "\"u-\($0)\"" }.joined(separator: ", ")
            return """
                {"people": [{"id": "u-ann", "userName": "\(name)"}], "groups": [{"id": "g-1", "name": "team", "members": [\(members)]}]}
                """
        }

        func setMembers(_ names: [String]) throws { try folder.write(Self.people(names), to: "people.json") }

        func rename(to name: String) throws { try folder.write(Self.people(["ann"], named: name), to: "people.json") }

        /// What a run for one person comes to, and which calls to RDS it has made.
        func run(_ name: String) async throws -> (target: TargetReport, calls: [String]) {
            let before = try await stand.calls().count
            let report = await assembly.engine.apply(.people([UserId("u-\(name)")]))
            return (
                try #require(report.targets.first), try await stand.calls().dropFirst(before).map(\.operation).sorted()
            )
        }

        func set(_ rds: AWSStandIn.RDS) async throws {
            var stand = stand
            stand.rds = [stand.region: rds]
            try await stand.set()
        }
    }

    @Test(arguments: engines)
    func `a function looks a cluster up for the first of several events, and asks three things of AWS for the next`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, location: #""cluster": "orders""#) { aws in
                aws.rds = [aws.region: world.cluster()]
                try await aws.set()
            }
            for person in [4, 5] { try await story.aws.join(person, FunctionStory.readers) }
            let before = try await story.aws.calls().count
            let report = try await story.play([
                try LambdaEvents.batch([story.event("AddMemberToGroup", 4, FunctionStory.readers)]),
                try LambdaEvents.batch([story.event("AddMemberToGroup", 5, FunctionStory.readers)]),
            ])
            #expect(
                report.outcomes.map(\.body) == [LambdaEvents.failures(), LambdaEvents.failures()],
                "\(report.output)"
            )
            #expect(await world.canLogIn("person5"))
            let calls = try await story.aws.calls().dropFirst(before).map(\.operation)
            let warm = ["IsMemberInGroups", "DescribeUser", "SendMessage"]
            #expect(calls.dropLast(3).sorted() == (World.callsOfLookUp + ["ListGroups"] + warm).sorted())
            #expect(Array(calls.suffix(3)) == warm)
        }
    }

    @Test func `a run of everyone looks a cluster up, whatever events have found before, on time or for an event`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world, location: #""cluster": "orders""#) { aws in
                aws.rds = [aws.region: world.cluster()]
                try await aws.set()
            }
            try await story.aws.join(4, FunctionStory.readers)
            let batch = try LambdaEvents.batch([story.event("AddMemberToGroup", 4, FunctionStory.readers)])
            let deletion = #"{"identityStoreId": "\#(story.aws.store)", "membershipId": "m"}"#
            let anybody = try LambdaEvents.batch([
                LambdaEvents.trail("identitystore", "DeleteGroupMembership", deletion)
            ])
            for (wide, looks) in [(LambdaEvents.schedule, 2), (anybody, 4)] {
                let report = try await story.play([batch, batch, wide])
                #expect(report.metric("Runs") == 3, "\(report.output)")
                let calls = try await story.aws.calls().map(\.operation)
                #expect(calls.count { $0 == "DescribeDBClusters" } == looks)
            }
        }
    }

    @Test func `a snapshot has a spoke look its targets up, whatever excerpts have found before`() async throws {
        try await World.with(postgres: 17) { world in
            var story = try await FleetStory.announced(to: world)
            try await story.aws.makeCluster("target-0", world)
            let spoke = story.spokes[0]
            let snapshot = try LambdaEvents.batch(try await spoke.queue.drain())
            try await story.aws.join(2, FleetStory.readers)
            try await story.hub(story.event("AddMemberToGroup", 2))
            let excerpt = try LambdaEvents.batch(try await spoke.queue.drain())
            let place = /"engine": "postgres",\s+"host": "localhost", "port": \d+/
            var rights = FunctionRights(aws: story.aws)
            let environment = try await rights.pin(
                spoke.configuration.replacing(place, with: #""cluster": "target-0""#),
                story.place.bucket
            )
            let before = try await story.aws.calls().count
            let report = try await story.play(spoke, [excerpt, snapshot], environment: environment)
            #expect(report.metric("Runs") == 2 && report.metric("TargetsFailed") == 0, "\(report.output)")
            let calls = try await story.aws.calls().dropFirst(before)
            #expect(calls.count { $0.operation == "DescribeDBClusters" } == 2)
        }
    }

    @Test(arguments: engines)
    func
        `who leaves after a look-up is locked at once, and not out before a run has looked on the reader that is there since`(
            engine: TestEngine
        ) async throws
    {
        try await World.with(engine, standby: true) { world in
            let process = try await Process(world, world.cluster(withStandby: false))
            #expect(try await process.run("ann").calls == World.callsOfLookUp)
            try await eventually("the account is on the standby") { await world.canLogIn("ann", standby: true) }
            let session = try await world.server.logIn(as: "ann", standby: true)

            try await process.set(world.cluster())
            try process.setMembers([])
            let left = try await process.run("ann")
            #expect(left.calls == World.callsOfLookUp)
            let error = try #require(left.target.outcome("end-sessions", of: "ann")?.error)
            #expect(error.message.contains("what belongs to it has changed since it was looked up"), "\(error)")
            #expect(try await world.mayLogIn("ann") == false)
            try await session.check()

            let again = try await process.run("ann")
            #expect(again.target.outcome("end-sessions", of: "ann")?.isDone == true, "\(again)")
            await #expect(throws: LostSession.self) { try await session.check() }
        }
    }

    @Test(arguments: engines)
    func `whom one process has locked is not out for another one that has not looked on the reader that is there since`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, standby: true) { world in
            let first = try await Process(world, world.cluster(withStandby: false))
            let second = try Process(beside: first)
            for process in [first, second] { #expect(try await process.run("ann").calls == World.callsOfLookUp) }
            try await eventually("the account is on the standby") { await world.canLogIn("ann", standby: true) }
            let session = try await world.server.logIn(as: "ann", standby: true)

            try await first.set(world.cluster())
            try first.setMembers([])
            #expect(try await first.run("ann").target.outcome("end-sessions", of: "ann")?.error != nil)
            let other = try await second.run("ann")
            #expect(other.calls == World.callsOfLookUp)
            #expect(other.target.outcome("end-sessions", of: "ann")?.error?.code == .notOut, "\(other)")
            try await session.check()

            #expect(try await second.run("ann").target.outcome("end-sessions", of: "ann")?.isDone == true)
            await #expect(throws: LostSession.self) { try await session.check() }
        }
    }

    @Test(arguments: engines)
    func `nobody gets another name while there may be sessions by the old one on a reader that is there since`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, standby: true) { world in
            let process = try await Process(world, world.cluster(withStandby: false))
            _ = try await process.run("ann")
            try await process.set(world.cluster())
            try process.rename(to: "anna")
            let first = try await process.run("ann")
            #expect(first.target.outcome("rename", of: "ann")?.error?.code == .lookUp, "\(first)")
            #expect(try await world.mayLogIn("ann") == true)
            #expect(try await process.run("ann").target.outcome("rename", of: "ann")?.isDone == true)
            #expect(try await world.mayLogIn("anna") == true)
        }
    }

    @Test func `a server that has gone elsewhere since is looked up in the same run`() async throws {
        try await World.with(postgres: 17, standby: true) { world in
            // What is found first takes no writes.
            var elsewhere = world.cluster()
            elsewhere.DBClusters[0].Port = world.server.standbyPort
            let process = try await Process(world, elsewhere)
            #expect(try await process.run("ann").target.failure?.code == .readOnly)
            try await process.set(world.cluster())
            let back = try await process.run("ann")
            #expect(back.target.failure == nil && back.calls == World.callsOfLookUp, "\(back)")
        }
    }

    @Test func `where a server was found before, a run goes on there after RDS has said nothing to it`() async throws {
        try await World.with(postgres: 17) { world in
            let process = try await Process(world, world.cluster())
            for members in [["ann"], []] {
                try process.setMembers(members)
                _ = try await process.run("ann")
            }
            #expect(try await world.mayLogIn("ann") == false)
            // Whoever holds the group's roles is looked for first, and RDS is asked anew for somebody among them who is locked.
            let dba = try await world.server.openAdministrator()
            try await dba.grant("readers", to: "ann", withAdmin: false)
            await dba.close()
            try process.setMembers(["ann"])
            var stand = process.stand
            let denial = AWSStandIn.Fault.error("AccessDenied", status: 403, of: "DescribeDBClusters", times: 100)
            try await stand.setFaults([denial])
            let report = await process.assembly.engine.apply(.groups(["team"]))
            #expect(try await stand.calls().contains { $0.fault != nil })
            #expect(try #require(report.targets.first).failure == nil, "\(report)")
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test func `sessions end while RDS says nothing`() async throws {
        try await World.with(postgres: 17) { world in
            let process = try await Process(world, world.cluster())
            _ = try await process.run("ann")
            let session = try await world.server.logIn(as: "ann")
            try process.setMembers([])
            var stand = process.stand
            var silence = AWSStandIn.Fault("delay", of: "DescribeDBClusters", times: 0)
            silence.seconds = 60
            try await stand.setFaults([silence])
            let began = ContinuousClock.now
            async let left = process.run("ann")
            try await eventually("the session is over", within: .seconds(8)) {
                do {
                    try await session.check()
                    return false
                } catch is LostSession {
                    return true
                }
            }
            #expect(try await left.target.outcome("end-sessions", of: "ann")?.error?.code == .notOut)
            #expect(began.duration(to: .now) < .seconds(30))
        }
    }

    @Test(arguments: ["DescribeDBClusters", "DescribeDBInstances"])
    func `who leaves while RDS cannot be asked is locked, and not out before it can`(call: String) async throws {
        try await World.with(postgres: 17) { world in
            let process = try await Process(world, world.cluster())
            #expect(try await process.run("ann").target.outcome("create", of: "ann")?.isDone == true)
            try process.setMembers([])
            var stand = process.stand
            let denial = AWSStandIn.Fault.error("AccessDenied", status: 403, of: call, times: 1)
            try await stand.setFaults([denial])
            let left = try await process.run("ann")
            let error = try #require(left.target.outcome("end-sessions", of: "ann")?.error, "\(left)")
            #expect(error.message.contains("it is not known whether ann is out: "), "\(error)")
            #expect(error.message.contains("rds:\(call) is denied"), "\(error)")
            #expect(try await world.mayLogIn("ann") == false)
            let again = try await process.run("ann")
            #expect(again.calls == World.callsOfLookUp)
            #expect(again.target.failure == nil && again.target.outcomes.isEmpty, "\(again)")
        }
    }

    @Test func `what is special about a target is asked for in each run, and all is once connections have ended`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            var rds = world.cluster()
            rds.BlueGreenDeployments = [
                .init(
                    "bgd-1",
                    source: AWSStandIn.arn("cluster", "orders"),
                    target: AWSStandIn.arn("cluster", "green"),
                    status: "AVAILABLE"
                )
            ]
            let process = try await Process(world, rds)
            #expect(try await process.run("ann").target.outcome("create", of: "ann")?.isDeferred == true)
            try await process.set(world.cluster())
            #expect(try await process.run("ann").target.outcome("create", of: "ann")?.isDone == true)
            #expect(try await process.run("ann").calls == [])
            process.assembly.hangUp()
            #expect(try await process.run("ann").calls == World.callsOfLookUp)
        }
    }
}
