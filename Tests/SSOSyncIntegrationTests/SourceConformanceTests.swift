// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import SSOSyncYAML
import Testing

@Suite("The contract of a source of people, by each source")
struct SourceConformanceTests {
    private static let groups: [GroupName] = ["Analysts", "DBA"]

    @Test(arguments: [true, false])
    func `IAM Identity Center keeps it`(recreates: Bool) async throws {
        let world = try await AWSStandIn.world()
        let (analysts, admins) = (AWSStandIn.id(900), AWSStandIn.id(901))
        try await world.load(
            users: (1...4).map { AWSStandIn.User($0) },
            groups: [
                AWSStandIn.Group(analysts, "Analysts", members: [1, 2, 3].map(AWSStandIn.id)),
                AWSStandIn.Group(admins, "DBA", members: [3, 4].map(AWSStandIn.id)),
            ]
        )
        let source = IdentityCenterSource(
            .init(
                regions: [world.region],
                identityStoreId: world.store,
                limiter: RequestLimiter(requestsPerSecond: 10_000)
            ),
            credentials: world.credentials,
            transport: CurlTransport(.init()),
            endpoints: EndpointResolver(environment: world.environment)
        )
        let suite = IdentitySourceConformance(source, groups: Self.groups) {
            try await world.deleteGroup(analysts)
            guard recreates else { return }
            let anew = AWSStandIn.Group(AWSStandIn.id(902), "Analysts", members: [AWSStandIn.id(1)])
            try await world.load(users: [], groups: [anew])
        }
        try await suite.checkAll()
    }

    @Test(arguments: [true, false])
    func `a file of people keeps it`(recreates: Bool) async throws {
        let (folder, source) = try file()
        let suite = IdentitySourceConformance(source, groups: Self.groups) {
            try folder.write(recreates ? Self.recreated : Self.deleted, to: "people.yaml")
        }
        try await suite.checkAll()
    }

    @Test(arguments: [true, false])
    func `a snapshot keeps it`(recreates: Bool) async throws {
        let (folder, people) = try file()
        let key = try SigningKey()
        let store = FileSnapshotStore(path: folder.path + "/snapshot.json")
        let writer = SnapshotWriter(to: store, signer: try #require(PEMSnapshotSigner(pem: key.privateKey)))
        @Sendable func write(_ groups: [GroupName]) async throws {
            let everyone = DirectoryRequest(groups: groups.map { .init(name: $0) }, scope: .everyone)
            _ = try await writer.write(try await people.directory(everyone), accountName: .userName)
        }
        try await write(Self.groups)
        let source = SnapshotSource(
            store,
            keys: [try #require(SnapshotKeyPin(pem: key.publicKey))],
            expectations: SnapshotExpectations(directory: FileIdentitySource.defaultId)
        )
        let suite = IdentitySourceConformance(source, groups: Self.groups) {
            try folder.write(recreates ? Self.recreated : Self.deleted, to: "people.yaml")
            try await write(recreates ? Self.groups : ["DBA"])
        }
        try await suite.checkAll()
    }

    // MARK: A file

    private func file() throws -> (TemporaryFolder, FileIdentitySource) {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.people, to: "people.yaml")
        return (folder, FileIdentitySource(path: path, documents: DocumentReader([YAMLDocumentParser()])))
    }

    private static let deleted = """
        people: [{ id: u-1, userName: ada }, { id: u-2, userName: ben }, { id: u-3, userName: cleo }]
        groups:
          - { id: g-2, name: DBA, members: [u-2, u-3] }

        """
    private static let people = deleted + "  - { id: g-1, name: Analysts, members: [u-1, u-2] }\n"
    private static let recreated = deleted + "  - { id: g-3, name: Analysts, members: [u-1] }\n"
}
