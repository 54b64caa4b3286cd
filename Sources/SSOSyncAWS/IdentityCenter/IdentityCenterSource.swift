// SPDX-License-Identifier: Apache-2.0

public import Logging
public import SSOSyncCore

/// The directory behind AWS IAM Identity Center.
///
/// A reading holds the people who are in the groups that were asked for, and nobody else. It is whole or it throws: every
/// page is read, and whoever is in a group and on no page is asked for by id. Pages are not kept.
///
/// People whose `UserStatus` is `DISABLED` are in the reading as disabled. Ids are UUIDs, however they are spelled.
public struct IdentityCenterSource: IdentitySource {
    private let configuration: Configuration
    private let credentials: any CredentialsProvider
    private let transport: any HTTPTransport
    private let endpoints: EndpointResolver
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let memory = IdentityCenterMemory()
    private let meter = RequestMeter()

    /// A directory that is read with these credentials.
    ///
    /// - Parameters:
    ///   - configuration: Which store is read, and how.
    ///   - credentials: Where the credentials to sign with come from.
    ///   - transport: What sends requests.
    ///   - endpoints: Where services are found.
    ///   - logger: Where it says what is worth knowing about the store.
    ///   - now: The clock.
    public init(
        _ configuration: Configuration,
        credentials: any CredentialsProvider,
        transport: any HTTPTransport,
        endpoints: EndpointResolver = EndpointResolver(),
        logger: Logger = Logger(label: "sso-sync"),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.configuration = configuration
        self.credentials = credentials
        self.transport = transport
        self.endpoints = endpoints
        self.logger = logger
        self.now = now
    }

    /// Reads groups, their members, and these people.
    ///
    /// - Parameter request: The groups, and whom to cover. Somebody may be given in any spelling of the id, and is in the
    ///   answer in the same.
    /// - Returns: All that was asked for.
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/source``, or ``SyncError/Code/groupMissing`` with all groups that
    ///   are; `CancellationError` if the task was cancelled.
    public func directory(_ request: DirectoryRequest) async throws -> Directory {
        let asOf = now()
        do {
            return try await read(request, asOf: asOf)
        } catch {
            memory.forget(Self.suspects(error, among: request.groups).map(\.name))
            throw Self.explained(error)
        }
    }

    private func read(_ request: DirectoryRequest, asOf: Timestamp) async throws -> Directory {
        let store = try await store()
        let resolver = GroupResolver(store: store)
        let ids = try await ids(of: request, resolver)
        // Before anything is read that nobody could use.
        let found = try request.found { (wanted) throws(SyncError) in try resolver.id(of: wanted, among: ids) }
        var spellings: [String: UserId] = [:]
        let memberships: MembershipReader.Memberships
        let reader = MembershipReader(store: store, memory: memory)
        switch request.scope {
        case .everyone:
            memberships = try await reader.members(of: Set(ids.values).sorted())
        case .people(let people):
            for user in people { spellings[IdentityStoreResourceId.canonical(user.rawValue)] = user }
            let possible = spellings.filter { IdentityStoreResourceId.isId($0.key) }.mapValues(\.rawValue)
            memberships = try await reader.memberships(of: possible, in: Set(ids.values).sorted())
        }
        let people = try await people(memberships.spellings, in: store)
        return Directory(
            id: DirectoryId(store.storeId),
            asOf: asOf,
            scope: request.scope,
            people: try people.map { try person($0, spellings) },
            groups: zip(request.groups, found).map { wanted, id in
                let members = ids[wanted.name].flatMap { memberships.members[$0] } ?? []
                return DirectoryGroup(id: id, name: wanted.name, members: members.map { spellings[$0] ?? UserId($0) })
            }
        )
    }

    /// The store's id, if it is configured or was found before.
    public var directoryId: DirectoryId? {
        (configuration.identityStoreId ?? memory.update { $0.store?.storeId }).map { DirectoryId($0) }
    }

    // MARK: What is worth knowing about it

    /// What all readings so far have asked of the store.
    package struct Cost: Hashable, Sendable {
        /// Requests, those that were tried again among them.
        package let requests: Int
        /// Those of them that the store had no room for.
        package let throttled: Int
        /// How many requests there may be in a second.
        package let requestsPerSecond: Double

        package init(requests: Int, throttled: Int, requestsPerSecond: Double) {
            self.requests = requests
            self.throttled = throttled
            self.requestsPerSecond = requestsPerSecond
        }
    }

    /// What all readings so far have asked of the store.
    package var cost: Cost {
        let counts = meter.counts
        let rate = configuration.limiter.requestsPerSecond
        return Cost(requests: counts.requests, throttled: counts.throttled, requestsPerSecond: rate)
    }

    /// How many people to ask about in one reading; more are better asked about in parts.
    ///
    /// - Parameters:
    ///   - people: How many there are.
    ///   - groups: The groups that they may be in.
    package func peopleAtOnce(of people: Int, in groups: [DirectoryRequest.Group]) -> Int {
        let rate = configuration.limiter.requestsPerSecond
        return memory.peopleAtOnce(of: people, in: Set(groups.map(\.name)), requestsPerSecond: rate)
    }

    /// A client for another service, in the store's Region and with the same credentials; its requests are not the store's.
    package func client(beside service: AWSService, _ settings: AWSClient.Configuration) async throws -> AWSClient {
        try client(service, try await store().region, settings)
    }

    // MARK: Parts

    private func store() async throws -> IdentityStoreClient {
        if let store = memory.update({ $0.store }) { return store }
        let place: InstanceFinder.Place
        if let id = configuration.identityStoreId, let region = configuration.regions.first {
            place = InstanceFinder.Place(storeId: id, region: region)
        } else {
            place = try await InstanceFinder(regions: configuration.regions) { try client(.ssoAdmin, $0) }.place()
        }
        let store = IdentityStoreClient(storeId: place.storeId, client: try client(.identityStore, place.region))
        memory.update { $0.store = store }
        return store
    }

    private func client(_ service: AWSService, _ region: String) throws(AWSError) -> AWSClient {
        var settings = AWSClient.Configuration(retryPolicy: configuration.retryPolicy, limiter: configuration.limiter)
        settings.meter = meter
        if let sleep = configuration.sleep { settings.sleep = sleep }
        return try client(service, region, settings)
    }

    private func client(
        _ service: AWSService,
        _ region: String,
        _ settings: AWSClient.Configuration
    ) throws(AWSError) -> AWSClient {
        try AWSClient(
            service,
            region: region,
            credentials: credentials,
            transport: transport,
            endpoints: endpoints,
            configuration: settings
        )
    }

    /// The ids of those groups that are there.
    private func ids(of request: DirectoryRequest, _ resolver: GroupResolver) async throws -> [GroupName: String] {
        let names = Set(request.groups.map(\.name))
        let known = request.looksUpAnew ? [:] : memory.ids(of: names, now: now())
        let unknown = names.subtracting(known.keys)
        guard !unknown.isEmpty else { return known }
        let found = memory.remember(try await resolver.ids(of: unknown), now: now())
        return known.merging(found) { $1 }
    }

    private func people(_ wanted: [String: String], in store: IdentityStoreClient) async throws -> [IdentityStoreUser] {
        let extensions = configuration.accountName == .employeeNumber ? [IdentityStoreUser.enterpriseExtension] : []
        let reader = PeopleReader(store: store, extensions: extensions)
        let findings = try await reader.people(wanted, knownSize: memory.update { $0.storeSize })
        memory.update { facts in
            facts.storeSize = max(facts.storeSize, findings.storeSize ?? 0)
            if wanted.count > JoinCost.few { facts.asksSingly = findings.isSingly }
        }
        let users = Array(findings.users.values)
        noteStatus(of: users, in: store)
        return users
    }

    private func noteStatus(of users: [IdentityStoreUser], in store: IdentityStoreClient) {
        guard !users.isEmpty, users.allSatisfy({ $0.status == nil }) else { return }
        let isFirst = memory.update { facts in
            defer { facts.hasToldOfStatus = true }
            return !facts.hasToldOfStatus
        }
        guard isFirst else { return }
        logger.notice(
            "the identity store does not say who is disabled: access ends with the membership or the person alone",
            metadata: ["store": "\(store.storeId)"]
        )
    }

    private func person(_ user: IdentityStoreUser, _ spellings: [String: UserId]) throws(SyncError) -> Person {
        let isEnabled: Bool
        switch user.status {
        case nil, .enabled: isEnabled = true
        case .disabled: isEnabled = false
        // Whoever is something else may or may not be meant to have access.
        case let status?:
            throw SyncError(
                .source,
                "user \(user.id) has the status \(status.rawValue), which this version does not know"
            )
        }
        let id = IdentityStoreResourceId.canonical(user.id)
        return Person(
            id: spellings[id] ?? UserId(id),
            accountName: user.value(of: configuration.accountName).map { AccountName($0) },
            isEnabled: isEnabled
        )
    }

    /// The groups of which the id may be the reason for a failure.
    private static func suspects(
        _ error: any Error,
        among groups: [DirectoryRequest.Group]
    ) -> [DirectoryRequest.Group] {
        switch error {
        case let error as SyncError where error.code == .groupMissing: Array(error.missingGroups.keys)
        case is CancellationError: []
        default: groups
        }
    }

    private static func explained(_ error: any Error) -> any Error {
        guard let error = error as? AWSError else { return error }
        let advice =
            error.code == .throttled
            ? ". All who use the store share its quota: try later, or set directory.identityCenter.requestsPerSecond lower"
            : ""
        return SyncError(.source, "IAM Identity Center could not be read whole: \(error.message)\(advice)")
    }
}
