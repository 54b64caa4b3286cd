// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SSOSyncAWS
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Secrets")
struct SecretsTests {
    @Test(arguments: World.versions)
    func `nothing that a good run says, at whatever level of detail, holds a token, a key or a password`(
        version: Int
    ) async throws {
        try await World.with(version) { world in
            let ears = Ears(masterPassword: world.server.facts["MASTER_PASSWORD"] ?? "")
            world.set("stays", in: ["readers", "writers"])
            world.set("ann", in: ["readers"])
            await listen(world, ears)
            world.set("ann", in: [])
            let session = try await world.server.logIn(as: "ann")
            await listen(world, ears)
            await session.close()
            #expect(ears.tokens.count >= 4)
            #expect(ears.heard.contains("readers"))
            ears.expectNoSecret()
        }
    }

    @Test(arguments: World.versions)
    func `nothing that a failing run says holds a token, a key or a password`(version: Int) async throws {
        try await World.with(version) { world in
            let ears = Ears(masterPassword: world.server.facts["MASTER_PASSWORD"] ?? "")
            world.set("ann", in: ["readers"])
            try await FaultProxy.with(world.server.port) { proxy in
                for failure in Self.failures {
                    let reports = await listen(world, ears, secrets: failure.secrets) { configuration in
                        configuration.writer = PostgresEndpoint(host: "localhost", port: proxy.port)
                        failure.change(&configuration, world.server)
                    }
                    let codes = reports.map { $0.targets.first?.failure?.code }
                    #expect(codes == [failure.code, failure.code], "\(failure.name)")
                }
                try await refused(world, ears, proxy)
            }
            ears.expectNoSecret()
        }
    }

    /// The proxy resets connections at once, at each byte of the login, and behind it.
    private func refused(_ world: World, _ ears: Ears, _ proxy: FaultProxy) async throws {
        for command in ["refuse", "cut-down 1", "cut-down 2000", "cut-up 500", "cut-up 1500", "cut-before-answer 4"] {
            try await proxy.command(command)
            let reports = await listen(world, ears) {
                $0.writer = PostgresEndpoint(host: "localhost", port: proxy.port)
            }
            #expect(reports.contains { $0.targets.first?.failure != nil }, "\(command)")
            try await proxy.command("pass")
        }
    }

    /// Plans and applies, and takes in whatever comes of it.
    @discardableResult
    private func listen(
        _ world: World,
        _ ears: Ears,
        secrets: (any LoginSecretProvider)? = nil,
        _ change: (inout PostgresConfiguration) -> Void = { _ in }
    ) async -> [SyncReport] {
        var configuration = world.server.configuration()
        change(&configuration)
        let provisioner = PostgresProvisioner(
            configuration,
            owner: World.owner,
            secrets: ears.remembering(secrets ?? ScratchServer.tokens),
            logger: ears.logger
        )
        let engine = SyncEngine(
            source: world.directory,
            targets: [SyncEngine.Target(policy: world.policy(), provisioner: provisioner)],
            notifier: LogNotifier(logger: ears.logger),
            logger: ears.logger,
            now: { world.now }
        )
        var options = SyncEngine.Options()
        options.includesScripts = true
        options.progress = { ears.hear($0) }
        let reports = [await engine.plan(options: options), await engine.apply(options: options)]
        for report in reports { ears.hear(report) }
        ears.hear(provisioner)
        ears.hear(engine)
        return reports
    }

    // MARK: Failures

    private struct Failure {
        let name: String
        let code: SyncError.Code
        var secrets: (any LoginSecretProvider)?
        var change: @Sendable (inout PostgresConfiguration, ScratchServer) -> Void = { _, _ in }
    }

    private static let failures = [
        Failure(name: "signed with a wrong key", code: .authentication, secrets: tokens(key: "wrongwrongwrongwrong")),
        Failure(name: "expired", code: .authentication, secrets: tokens(now: { Date(timeIntervalSinceNow: -3_600) })),
        Failure(name: "not a token", code: .authentication, secrets: StaticSecret(Secret("pass word's-\"secret\""))),
        Failure(name: "a token with a password in it", code: .authentication, secrets: RefusingProvider()),
        Failure(name: "no such login", code: .authentication) { configuration, _ in configuration.user = "nobody" },
        Failure(name: "no such database", code: .unreachable) { configuration, _ in configuration.database = "none" },
        Failure(name: "the wrong authority", code: .tls) { configuration, server in
            configuration.caFile = server.facts["OTHER_CA"]
        },
        Failure(name: "nobody listens", code: .unreachable) { configuration, _ in
            configuration.writer = PostgresEndpoint(host: "localhost", port: 1)
        },
    ]

    private static func tokens(
        key: String = ScratchServer.credentials.secretAccessKey,
        now: @escaping @Sendable () -> Date = { Date() }
    ) -> RDSLoginTokenProvider {
        let credentials = Credentials(accessKeyId: ScratchServer.credentials.accessKeyId, secretAccessKey: key)
        return RDSLoginTokenProvider(
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(credentials),
            now: now
        )
    }
}

/// Hands out a token for another login, which the server refuses and may quote.
private struct RefusingProvider: LoginSecretProvider {
    func secret(host: String, port: Int, user: String) async throws -> Secret {
        try await ScratchServer.tokens.secret(host: host, port: port, user: "somebody-else")
    }
}

/// Hears everything that is said, and knows every secret that was used.
private final class Ears: Sendable {
    private struct State {
        var heard = ""
        var secrets: Set<String>
        var tokens: [String] = []
    }

    private let state: Locked<State>

    init(masterPassword: String) {
        let keys = [ScratchServer.credentials.secretAccessKey, "wrongwrongwrongwrong", masterPassword]
        state = Locked(State(secrets: Set(keys)))
    }

    var heard: String { state.withLock { $0.heard } }
    var tokens: [String] { state.withLock { $0.tokens } }

    /// A logger that misses nothing.
    var logger: Logger {
        var logger = Logger(label: "ears") { _ in EarsHandler(ears: self) }
        logger.logLevel = .trace
        return logger
    }

    /// Takes a value in by every way in which it may come to be printed.
    func hear(_ value: some Any) {
        var dumped = ""
        dump(value, to: &dumped)
        listen("\(value)\n\(String(reflecting: value))\n\(dumped)")
    }

    func listen(_ text: String) { state.withLock { $0.heard += text + "\n" } }

    func remembering(_ provider: any LoginSecretProvider) -> any LoginSecretProvider {
        Remembering(base: provider, ears: self)
    }

    fileprivate func remember(_ secret: String) {
        state.withLock { state in
            state.tokens.append(secret)
            state.secrets.insert(secret)
            // Of a token, the signature is what must not be seen.
            let signature = secret.split(separator: "&").first { $0.hasPrefix("X-Amz-Signature=") }
            if let signature { state.secrets.insert(String(signature.dropFirst("X-Amz-Signature=".count))) }
        }
    }

    func expectNoSecret() {
        let (heard, secrets) = state.withLock { ($0.heard, $0.secrets) }
        #expect(!heard.isEmpty)
        #expect(!heard.contains("X-Amz-Signature"))
        for secret in secrets where heard.contains(secret) {
            guard let range = heard.range(of: secret) else { continue }
            let start = heard.index(range.lowerBound, offsetBy: -200, limitedBy: heard.startIndex) ?? heard.startIndex
            Issue.record("a secret was said: …\(heard[start..<range.lowerBound])<here>")
        }
    }
}

private struct Remembering: LoginSecretProvider {
    let base: any LoginSecretProvider
    let ears: Ears

    func secret(host: String, port: Int, user: String) async throws -> Secret {
        let secret = try await base.secret(host: host, port: port, user: user)
        ears.remember(secret.exposed)
        ears.hear(secret)
        return secret
    }
}

private struct EarsHandler: LogHandler {
    let ears: Ears
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        ears.listen("\(event.level) \(event.message) \(event.metadata ?? [:]) \(metadata) \(event.error as Any)")
    }
}
