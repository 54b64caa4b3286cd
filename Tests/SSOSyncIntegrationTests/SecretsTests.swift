// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Secrets")
struct SecretsTests {
    @Test(arguments: World.engines)
    func `nothing that a good run says, at whatever level of detail, holds a token, a key or a password`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let ears = Ears(masterPassword: world.server.process.masterPassword)
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

    @Test(arguments: World.engines)
    func `nothing that a failing run says holds a token, a key or a password`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let ears = Ears(masterPassword: world.server.process.masterPassword)
            world.set("ann", in: ["readers"])
            try await FaultProxy.with(world.server.port) { proxy in
                for failure in Self.failures(of: engine) {
                    let reports = await listen(world, ears) { settings in
                        settings.writerPort = proxy.port
                        failure.change(&settings, world.server)
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
            try await proxy.awaitQuiet()
            try await proxy.command(command)
            let reports = await listen(world, ears) { $0.writerPort = proxy.port }
            #expect(reports.contains { $0.targets.first?.failure != nil }, "\(command)")
            try await proxy.command("pass")
        }
    }

    /// Plans and applies, and takes in whatever comes of it.
    @discardableResult
    private func listen(
        _ world: World,
        _ ears: Ears,
        _ change: (inout ProvisionerSettings) -> Void = { _ in }
    ) async -> [SyncReport] {
        let provisioner = world.provisioner { settings in
            change(&settings)
            settings.secrets = ears.remembering(settings.secrets)
            settings.logger = ears.logger
        }
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
        let change: @Sendable (inout ProvisionerSettings, any TestServer) -> Void

        init(
            _ name: String,
            _ code: SyncError.Code,
            _ change: @escaping @Sendable (inout ProvisionerSettings, any TestServer) -> Void
        ) {
            (self.name, self.code, self.change) = (name, code, change)
        }
    }

    private static func failures(of engine: TestEngine) -> [Failure] {
        let failures = [
            Failure("signed with a wrong key", .authentication) { settings, _ in
                settings.secrets = tokens(key: "wrongwrongwrongwrong")
            },
            Failure("expired", .authentication) { settings, _ in
                settings.secrets = tokens(now: { Date(timeIntervalSinceNow: -3_600) })
            },
            Failure("not a token", .authentication) { settings, _ in
                settings.secrets = StaticSecret(Secret("pass word's-\"secret\""))
            },
            Failure("a token with a password in it", .authentication) { settings, _ in
                settings.secrets = RefusingProvider()
            },
            Failure("no such login", .authentication) { settings, _ in settings.user = "nobody" },
            Failure("the wrong authority", .tls) { settings, server in settings.caFile = server.otherAuthority },
            Failure("nobody listens", .unreachable) { settings, _ in settings.writerPort = 1 },
        ]
        switch engine {
        case .postgres:
            return failures + [
                Failure("no such database", .unreachable) { settings, _ in settings.database = "none" }
            ]
        case .mysql: return failures
        }
    }

    private static func tokens(
        key: String = IAMStandIn.credentials.secretAccessKey,
        now: @escaping @Sendable () -> Date = { Date() }
    ) -> RDSLoginTokenProvider {
        let credentials = Credentials(accessKeyId: IAMStandIn.credentials.accessKeyId, secretAccessKey: key)
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
        try await IAMStandIn.tokens.secret(host: host, port: port, user: "somebody-else")
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
        let keys = [IAMStandIn.credentials.secretAccessKey, "wrongwrongwrongwrong", masterPassword]
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
