// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite(
    "Adopting and letting go by the program",
    .enabled(if: ServedTool.exists, "the program is not built beside the tests")
)
struct AdoptionToolTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(15) }

    private func hash(_ outcome: ChildProcess.Outcome) throws -> String {
        let line = try #require(outcome.output.split(separator: "\n").last { $0.contains(" --approve ") }, "\(outcome)")
        return String(try #require(line.split(separator: " ").last))
    }

    @Test(arguments: engines)
    func `shows what would be done, does it with the hash that it shows, and refuses once something has moved`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let sample = try await SampleAccounts(world)
            for name: AccountName in ["ann", "bob"] { try await sample.make(name, role: "readers") }
            let tool = try ServedTool(world)
            try tool.setMembers(["ann", "bob"])
            let shown = try await tool.run("adopt", "ann", "--target", "orders")
            #expect(shown.status == 2, "\(shown)")
            #expect(shown.lines(with: "= ann  becomes the account of u-ann  is in team") == 1, "\(shown)")
            #expect(shown.lines(with: "sso-sync adopt ann --target orders --approve ") == 1, "\(shown)")
            #expect(try await world.plan().operations.isEmpty)
            let hash = try hash(shown)

            try tool.setMembers(["ann"])
            let refused = try await tool.run("adopt", "ann", "--target", "orders", "--approve", hash)
            #expect(refused.status == 4, "\(refused)")
            #expect(refused.lines(with: "this is not what was approved") == 1, "\(refused)")
            #expect(try await tool.run("adopt", "ann").status == 2)

            try tool.setMembers(["ann", "bob"])
            let done = try await tool.run("adopt", "ann", "--target", "orders", "--approve", hash)
            #expect(done.status == 0, "\(done)")
            #expect(done.lines(with: "= ann  became the account of u-ann") == 1, "\(done)")
            #expect(try await tool.run("adopt", "ann").status == 0)

            let release = try await tool.run("release", "ann", "--format", "json")
            #expect(release.status == 2, "\(release)")
            #expect(release.output.contains(#""kind":"afterMarking""#), "\(release)")
            let word = try #require(release.errors.split(whereSeparator: \.isWhitespace).last)
            #expect(try await tool.run("release", "ann", "--approve", String(word)).status == 0)
            let refusedRelease = try await tool.run("release", "ann")
            #expect(refusedRelease.status == 4, "\(refusedRelease)")
            #expect(refusedRelease.lines(with: "ann is not ours to let go") == 1)
        }
    }

    @Test(arguments: engines)
    func `adopts what the sample's table tells of, names leavers, and takes them along if that is wanted`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let sample = try await SampleAccounts(world)
            for name: AccountName in ["ann", "gone"] { try await sample.make(name, role: "readers") }
            let aws = try await AWSStandIn.world()
            let table = try await aws.makeTable(
                key: "userID",
                items: ["ann", "gone"].map { ["userID": .string("u-\($0)"), "username": .string($0)] }
            )
            let tool = try ServedTool(world, environment: aws.environment)
            try world.allow(aws)
            let arguments = ["adopt", "--table", table, "--table-region", aws.region]
            let shown = try await tool.run(arguments)
            #expect(shown.status == 2, "\(shown)")
            #expect(shown.lines(with: "= ann") == 1, "\(shown)")
            #expect(shown.lines(with: "so the next run would lock gone") == 1, "\(shown)")
            let all = try await tool.run(arguments + ["--leavers"])
            #expect(all.lines(with: "= gone") == 1, "\(all)")
            let done = try await tool.run(arguments + ["--leavers", "--approve", try hash(all)])
            #expect(done.status == 0, "\(done)")
            #expect(await world.canLogIn("gone"))
            let applied = try await tool.run("apply")
            #expect(applied.status == 0, "\(applied)")
            #expect(await !world.canLogIn("gone"))
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test(arguments: engines)
    func `people of the table are those of Identity Center in whichever spelling the sample heard of them`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let sample = try await SampleAccounts(world)
            let aws = try await AWSStandIn.world()
            let users = (1...3).map { AWSStandIn.User($0) }
            let group = AWSStandIn.id(9)
            try await aws.load(users: users, groups: [AWSStandIn.Group(group, "Readers", members: users.map(\.UserId))])
            let prefixes = ["", "\(aws.store.dropFirst(2))-", "arn:aws:identitystore:::user/"]
            var items: [[String: DynamoDBValue]] = []
            for (user, prefix) in zip(users, prefixes) {
                let name = try #require(user.UserName)
                try await sample.make(AccountName(name), role: "readers")
                items.append(["userID": .string(prefix + user.UserId), "username": .string(name)])
            }
            let configuration = """
                version: 1
                owner: test
                directory: { identityCenter: { region: \(aws.region) } }
                targets:
                  - name: orders
                    mode: joins
                    engine: \(engine == .mysql ? "mysql" : "postgres")
                    host: localhost
                    port: \(world.server.port)
                    region: \(aws.region)
                    user: sso_provisioner
                    tls: { ca: \(world.server.authority) }
                    groups: { Readers: { id: \(group), roles: [readers] } }
                """
            let tool = try ServedTool(configuration: configuration, environment: aws.environment)
            try world.allow(aws)
            let table = try await aws.makeTable(key: "userID", items: items)
            let shown = try await tool.run("adopt", "--table", table, "--table-region", aws.region)
            #expect(shown.lines(with: " becomes the account of ") == 3, "\(shown)")
        }
    }

    @Test(arguments: engines)
    func `what is done is kept and told as a run is, and what is only shown is not`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let sample = try await SampleAccounts(world)
            try await sample.make("ann", role: "readers")
            let aws = try await AWSStandIn.world()
            try world.allow(aws)
            let bucket = try await aws.makeBucket()
            let topic = try await AWSMessages(aws).topic()
            let tool = try ServedTool(world, environment: aws.environment)
            try tool.append(
                """
                reports: { s3: "s3://\(bucket)/r/", region: \(aws.region) }
                notify: [{ sns: { topicArn: "\(topic.arn)" }, on: [changes], detail: names }]
                """
            )
            for (number, verb) in ["adopt", "release"].enumerated() {
                let shown = try await tool.run(verb, "ann")
                #expect(shown.status == 2, "\(shown)")
                let approval = ["--approve", try hash(shown)]
                #expect(try await aws.objects(in: bucket).count == number)
                #expect(try await topic.queue.drain().isEmpty)
                let done = try await tool.run([verb, "ann"] + approval)
                #expect(done.status == 0, "\(done)")
                let kept = try await aws.objects(in: bucket).values.filter { $0.contains(#""marking":"\#(verb)""#) }
                #expect(kept.count == 1)
                let words = [#""scope":"people""#, #""account":"ann""#, #""result":"done""#]
                #expect(words.allSatisfy { kept.first?.contains($0) == true }, "\(kept)")
                let told = try await topic.queue.drain()
                #expect(told.count == 1 && told[0].contains(#"\"operation\":\"\#(verb)\""#), "\(told)")
                #expect(try await tool.run([verb, "ann"] + approval).status == (verb == "adopt" ? 0 : 4))
                #expect(try await aws.objects(in: bucket).count == number + 1)
            }
        }
    }

    @Test(arguments: engines)
    func `accounts of a directory that is gone are let go by its id, and not without`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let tool = try ServedTool(world)
            #expect(try await tool.run("apply").status == 0)
            try tool.folder.write("people: []\ngroups: []", to: "people.yaml")
            let blocked = try await tool.run("release", "ann")
            #expect(blocked.status == 69 && blocked.lines(with: "--approve") == 0, "\(blocked)")
            let shown = try await tool.run("release", "--without-directory", "file", "ann")
            #expect(shown.status == 2, "\(shown)")
            #expect(shown.lines(with: "nobody knows whether that person has left already") == 1, "\(shown)")
            #expect(shown.lines(with: "sso-sync release --without-directory file ann --approve ") == 1, "\(shown)")
            let approval = ["--approve", try hash(shown)]
            let done = try await tool.run(["release", "--without-directory", "file", "ann"] + approval)
            #expect(done.status == 0, "\(done)")
            let dba = try await world.server.openAdministrator()
            #expect(try await dba.state()["ann"]?.markerText == "")
            await dba.close()
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test func `a report that cannot be kept makes nothing that was done undone, and is told`() async throws {
        try await World.with(.mysql) { world in
            try await SampleAccounts(world).make("ann", role: "readers")
            let aws = try await AWSStandIn.world()
            try world.allow(aws)
            let tool = try ServedTool(world, environment: aws.environment)
            try tool.append("reports: { s3: \"s3://no-\(aws.store.dropFirst(2))/\", region: \(aws.region) }")
            let shown = try await tool.run("adopt", "ann")
            #expect(!shown.errors.contains("ReportArchive"), "\(shown)")
            let done = try await tool.run("adopt", "ann", "--approve", try hash(shown))
            #expect(done.status == 0, "\(done)")
            #expect(done.errors.contains("a notifier failed: ReportArchive: "), "\(done)")
            #expect(try await tool.run("adopt", "ann").status == 0)
        }
    }

    @Test func `a table that is not there, or is another one, is 69, with one line that says so`() async throws {
        let aws = try await AWSStandIn.world()
        let tool = try ServedTool(
            configuration: """
                version: 1
                owner: test
                directory: { file: { path: people.yaml } }
                targets:
                  - { name: orders, engine: mysql, host: localhost, port: 1, user: x, groups: [team], region: eu-west-1 }
                """,
            environment: aws.environment.merging(["AWS_REGION": aws.region]) { $1 }
        )
        try tool.setMembers(["ann"])
        let missing = try await tool.run("adopt", "--table", "nowhere")
        #expect(missing.status == 69, "\(missing)")
        #expect(missing.lines(with: "there is no DynamoDB table nowhere in \(aws.region)") == 1, "\(missing)")
        let table = try await aws.makeTable(items: [["id": .string("x")]])
        let other = try await tool.run("adopt", "--table", table)
        #expect(other.status == 69, "\(other)")
        #expect(other.lines(with: "is not the sample's") == 1, "\(other)")
    }
}
