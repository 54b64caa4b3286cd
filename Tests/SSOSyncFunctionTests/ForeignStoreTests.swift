// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

@Suite("Events of another identity store")
struct ForeignStoreTests {
    /// A directory that says which it is once it has been found.
    private final class Store: IdentitySource {
        let found = Locked<DirectoryId?>(nil)

        var directoryId: DirectoryId? { found.withLock { $0 } }

        func directory(_ request: DirectoryRequest) throws -> Directory { throw SyncError(.source, "nobody asks") }
    }

    /// What is read for an event of each of two stores.
    private func read(configured: String?, found: DirectoryId?) async throws -> [ScopeRequest] {
        let store = configured.map { #", "identityStoreId": "\#($0)""# } ?? ""
        let text = FunctionFolder.configuration.replacing(
            #""directory": { "file": { "path": "people.json" } }"#,
            with: #""directory": { "identityCenter": { "region": "eu-west-1"\#(store) } }"#
        )
        let configuration = try ConfigurationFile(
            DocumentReader().document(Array(text.utf8), file: "c.json"),
            path: "c.json"
        )
        let source = Store()
        source.found.withLock { $0 = found }
        let group = DirectoryRequest.Group(name: "team", pinnedId: GroupId(AWSStandIn.id(900)))
        let work = NotedWork(source: source, groups: [group]) { _ in .done }
        let function = DirectoryFunction(configuration, work, queue: nil, logger: Logger(label: "test"))
        let bodies = [1, 2].map { number in
            LambdaEvents.membership(
                "AddMemberToGroup",
                person: AWSStandIn.id(number),
                group: AWSStandIn.id(900),
                store: "d-111111111\(number)"
            )
        }
        var metrics = EmbeddedMetrics(deployment: "test")
        let batch = try QueueBatch(Array(LambdaEvents.batch(bodies).utf8))
        _ = await function.read(
            batch,
            returningAtMost: 3,
            TimeBudget(lasting: .seconds(60), patience: .seconds(1)),
            &metrics
        )
        return work.requests.withLock { $0 }
    }

    @Test func `are not read for, where the store is configured, and where it was found`() async throws {
        let ours = ScopeRequest.people([UserId(AWSStandIn.id(1))])
        #expect(try await read(configured: "d-1111111111", found: nil) == [ours])
        #expect(try await read(configured: nil, found: "d-1111111111") == [ours])
    }

    @Test func `are read for as long as nobody knows which store is ours`() async throws {
        let both = ScopeRequest.people([UserId(AWSStandIn.id(1)), UserId(AWSStandIn.id(2))])
        #expect(try await read(configured: nil, found: nil) == [both])
    }
}
