// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

extension ScratchServer {
    /// The server of the suite that runs.
    @TaskLocal fileprivate static var ofSuite: ScratchServer?

    /// `SSOSYNC_TEST_POSTGRES` in the environment chooses the version.
    fileprivate static var versionOfSuite: Int {
        ProcessInfo.processInfo.environment["SSOSYNC_TEST_POSTGRES"].flatMap { Int($0) } ?? 15
    }

    /// The running suite's server.
    static func required() throws -> ScratchServer {
        try #require(ofSuite)
    }

    /// A connection of the master user to the running suite's server.
    static func connect() async throws -> PostgresConnection {
        let server = try required()
        return try await PostgresConnection.open(server.options, secret: server.secret)
    }

    /// Options of a login as the master user.
    var options: PostgresConnectionOptions { options(as: "postgres") }

    /// The password of the master user.
    var secret: Secret { masterSecret.secret }
}

/// Gives a suite a server of its own.
struct SuiteServerTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let server = try await ScratchServer(version: ScratchServer.versionOfSuite)
        do {
            try await ScratchServer.$ofSuite.withValue(server) { try await function() }
        } catch {
            try await server.drop()
            throw error
        }
        try await server.drop()
    }
}

extension Trait where Self == SuiteServerTrait {
    /// A server of the suite's own.
    static var server: Self { Self() }
}
