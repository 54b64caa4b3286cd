// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("What is the matter with IAM Identity Center")
struct IdentityCenterErrorsTests {
    private func world(status: String? = "ENABLED") async throws -> AWSStandIn.World {
        let world = try await AWSStandIn.world()
        let group = AWSStandIn.Group(AWSStandIn.id(900), "DBA", members: [1, 2].map(AWSStandIn.id))
        try await world.load(users: (0..<4).map { AWSStandIn.User($0, status: status) }, groups: [group])
        return world
    }

    @Test func `the wrong Region says which were tried`() async throws {
        let world = try await world()
        let source = source(world, regions: ["us-east-1", "eu-north-1"], storeId: nil)
        let message = try await sourceFailure(source, request(["DBA"]))
        #expect(message.contains("us-east-1, eu-north-1"))
        #expect(message.contains("directory.identityCenter.region"))
    }

    @Test func `of several instances one has to be chosen from a list`() async throws {
        var world = try await world()
        world.instances[world.region]?.append(AWSStandIn.Instance(store: "d-0000000001"))
        try await world.set()
        let message = try await sourceFailure(source(world, storeId: nil), request(["DBA"]))
        for part in ["2 instances", world.store, "d-0000000001", "identityStoreId"] { #expect(message.contains(part)) }
    }

    @Test(arguments: [
        ("ListInstances", "sso:ListInstances", "*"), ("GetGroupId", "identitystore:GetGroupId", ":group/*"),
        ("ListGroupMemberships", "identitystore:ListGroupMemberships", ":membership/*"),
        ("DescribeUser", "identitystore:DescribeUser", ":user/*"),
    ])
    func `who is denied access is told which action to allow on what`(
        operation: String,
        action: String,
        resource: String
    ) async throws {
        var world = try await world()
        try await world.setFaults([.error("AccessDeniedException", of: operation, times: 0)])
        let message = try await sourceFailure(source(world, storeId: nil), request(["DBA"]))
        #expect(message.contains("\(action) is denied"))
        #expect(message.contains(resource))
        if operation != "ListInstances" { #expect(message.contains("identitystore/\(world.store)")) }
    }

    @Test func `KMS_ACCESS_DENIED is explained`() async throws {
        var world = try await world()
        try await world.setFaults([.error("AccessDeniedException", times: 0, more: ["Reason": "KMS_ACCESS_DENIED"])])
        let message = try await sourceFailure(source(world), request(["DBA"]))
        #expect(message.contains("kms:Decrypt"))
    }

    @Test func `throttling without end says whose quota it is`() async throws {
        var world = try await world()
        try await world.setFaults([.error("ThrottlingException", of: "ListGroupMemberships", times: 0)])
        let message = try await sourceFailure(source(world), request(["DBA"]))
        #expect(message.contains("requestsPerSecond"))
        #expect(try await world.calls().count { $0.operation == "ListGroupMemberships" } == 3)
    }

    @Test func `a store that is not there is an error, and empties no group`() async throws {
        var world = try await world()
        try await world.setFaults([
            .error("ResourceNotFoundException", times: 0, more: ["ResourceType": "IDENTITY_STORE"])
        ])
        for scope in [Scope.everyone, .people([user(1)])] {
            _ = try await sourceFailure(source(world), request(["DBA"], scope))
        }
    }

    @Test func `a group that goes in the middle of a reading is an error, and is looked up anew`() async throws {
        var world = try await world()
        let source = source(world)
        _ = try await source.directory(request(["DBA"]))
        try await world.setFaults([
            .error("ResourceNotFoundException", of: "ListGroupMemberships", more: ["ResourceType": "GROUP"])
        ])
        _ = try await sourceFailure(source, request(["DBA"]))
        _ = try await source.directory(request(["DBA"]))
        #expect(try await world.calls().contains { $0.operation == "GetGroupId" })
    }

    @Test func `a status that is not known is an error, and counts neither as in nor as out`() async throws {
        let message = try await sourceFailure(source(try await world(status: "SUSPENDED")), request(["DBA"]))
        #expect(message.contains("SUSPENDED"))
    }

    @Test func `that a store never says who is disabled is noted once`() async throws {
        for (status, count) in [(nil, 1), ("ENABLED", 0)] as [(String?, Int)] {
            let world = try await world(status: status)
            let handler = InMemoryLogHandler()
            let source = IdentityCenterSource(
                .init(
                    regions: [world.region],
                    identityStoreId: world.store,
                    limiter: RequestLimiter(requestsPerSecond: 1_000)
                ),
                credentials: world.credentials,
                transport: CurlTransport(.init()),
                endpoints: EndpointResolver(environment: world.environment),
                logger: Logger(label: "test") { _ in handler }
            )
            for _ in 0..<2 {
                #expect(try await source.directory(request(["DBA"])).people.allSatisfy(\.isEnabled))
            }
            #expect(handler.entries.count { $0.level == .notice } == count)
        }
    }

    @Test func `a server that is not AWS is one clear error`() async throws {
        let server = try await HTTPServer([.init(times: 0, status: 403, body: "<html>go away</html>")])
        let world = try await world()
        let source = IdentityCenterSource(
            .init(regions: [world.region], identityStoreId: world.store),
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(server.port)"])
        )
        let message = try await sourceFailure(source, request(["DBA"]))
        #expect(message.contains("status 403"))
        #expect(!message.contains("is denied: allow"))
    }

    @Test func `a reading that is cancelled ends at once`() async throws {
        let server = try await HTTPServer([.init(times: 0, fault: "hang")])
        let world = try await world()
        let source = IdentityCenterSource(
            .init(regions: [world.region], identityStoreId: world.store),
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(server.port)"])
        )
        let task = Task { try await source.directory(request(["DBA"])) }
        try await eventually("the request has arrived") { try !server.requests().isEmpty }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
