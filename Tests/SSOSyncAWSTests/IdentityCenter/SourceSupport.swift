// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

/// A source on a world of the stand-in.
func source(
    _ world: AWSStandIn.World,
    regions: [String]? = nil,
    storeId: String? = "",
    _ attribute: AccountNameAttribute = .userName,
    transport: (any HTTPTransport)? = nil,
    requestsPerSecond: Double = 10_000,
    now: @escaping @Sendable () -> Timestamp = { .now }
) -> IdentityCenterSource {
    var configuration = IdentityCenterSource.Configuration(
        regions: regions ?? [world.region],
        identityStoreId: storeId == "" ? world.store : storeId,
        accountName: attribute,
        limiter: RequestLimiter(requestsPerSecond: requestsPerSecond),
        retryPolicy: RetryPolicy(maximumAttempts: 3)
    )
    configuration.sleep = { _ in }
    return IdentityCenterSource(
        configuration,
        credentials: world.credentials,
        transport: transport ?? CurlTransport(.init()),
        endpoints: EndpointResolver(environment: world.environment),
        now: now
    )
}

/// A request for groups, none of them pinned.
func request(_ names: [GroupName], _ scope: Scope = .everyone) -> DirectoryRequest {
    DirectoryRequest(groups: names.map { .init(name: $0) }, scope: scope)
}

/// What reading a directory failed with.
func sourceFailure(
    _ source: IdentityCenterSource,
    _ request: DirectoryRequest,
    code: SyncError.Code = .source,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> String {
    let error = await #expect(throws: SyncError.self, sourceLocation: sourceLocation) {
        try await source.directory(request)
    }
    #expect(error?.code == code, sourceLocation: sourceLocation)
    return try #require(error?.message, sourceLocation: sourceLocation)
}

/// The id of the user of a number.
func user(_ number: Int) -> UserId { UserId(AWSStandIn.id(number)) }
