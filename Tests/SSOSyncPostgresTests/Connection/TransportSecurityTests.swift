// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

/// Rule 10 of the design: nothing secret leaves before chain and host name are verified.
@Suite(.timeLimit(.minutes(2))) struct `Transport security` {
    private static let token = "localhost:5432/?Action=connect&DBUser=sso_provisioner&X-Amz-Signature=0123456789abcdef"

    /// The 8 bytes of an SSLRequest: length 8, code 80877103.
    private static let request: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]

    private static func failure(_ options: PostgresConnectionOptions) async -> PostgresError? {
        await #expect(throws: PostgresError.self) {
            _ = try await PostgresConnection.open(options, secret: Secret(token))
        }
    }

    @Test(arguments: [
        (FakeServer.Mode.refuse, PostgresError.Code.tlsFailed), (.close, .connectionFailed), (.garbage, .tlsFailed),
    ])
    func `a server without TLS gets the request for it and nothing else`(
        mode: FakeServer.Mode,
        code: PostgresError.Code
    ) async throws {
        let server = try FakeServer(mode)
        let error = await Self.failure(try server.options())
        #expect(error?.code == code)
        #expect(error?.message.contains("localhost:\(server.port)") == true)
        #expect(server.received().raw == Self.request)
    }

    @Test func `an error in clear does not talk the token out of the client`() async throws {
        let server = try FakeServer(.error)
        #expect(await Self.failure(try server.options()) != nil)
        #expect(server.received().raw == Self.request)
    }

    /// CVE-2021-23222: bytes in clear before the handshake must not count as the verified server's.
    @Test func `a password request in clear before the handshake gets no answer`() async throws {
        let server = try FakeServer(.stuffed, certificate: TestCertificates.shared.get().right)
        #expect(await Self.failure(try server.options())?.code == .tlsFailed)
        expectNothingBeyondTLS(server)
    }

    @Test func `a certificate of another authority gets no startup packet`() async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try FakeServer(.password, certificate: certificates.right)
        let error = await Self.failure(try server.options(authority: certificates.otherAuthority))
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains(certificates.otherAuthority) == true)
        #expect(error?.message.contains("global-bundle.pem") == true)
        expectNothingBeyondTLS(server)
    }

    @Test func `a certificate of another host gets no startup packet`() async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try FakeServer(.password, certificate: certificates.wrongHost)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("db.example.com") == true)
        expectNothingBeyondTLS(server)
    }

    @Test func `the system's authorities do not accept a private one`() async throws {
        let server = try FakeServer(.password, certificate: TestCertificates.shared.get().right)
        var options = try server.options()
        options.caFile = nil
        #expect(await Self.failure(options)?.code == .tlsFailed)
        expectNothingBeyondTLS(server)
    }

    /// The proof that the tests above could fail.
    @Test(arguments: ["localhost", "127.0.0.1"])
    func `the right certificate gets the startup packet and the token`(host: String) async throws {
        let server = try FakeServer(.password, certificate: TestCertificates.shared.get().right)
        let error = await Self.failure(try server.options(host: host))
        #expect(error?.code == .authenticationFailed)
        let received = server.received()
        #expect(received.plain.contains(text: "sso_provisioner\0"))
        #expect(received.plain.contains(text: Self.token))
        #expect(!received.raw.contains(text: "X-Amz-Signature"))
    }

    @Test func `a server that repeats the token is quoted without it`() async throws {
        let server = try FakeServer(.echo, certificate: TestCertificates.shared.get().right)
        let error = try #require(await Self.failure(try server.options()))
        #expect(error.code == .authenticationFailed)
        #expect(error.message.contains("token ***"))
        #expect(!error.debugDescription.contains("0123456789abcdef"))
        #expect(!error.debugDescription.utf8.contains(0x1B))
    }

    @Test func `a Kerberos login is not attempted`() async throws {
        let server = try FakeServer(.kerberos, certificate: TestCertificates.shared.get().right)
        #expect(await Self.failure(try server.options()) != nil)
        #expect(!server.received().plain.contains(text: "X-Amz-Signature"))
    }

    @Test func `no variable of the environment changes anything`() async {
        await #expect(processExitsWith: .success) {
            let folder = try Environment.poison()
            defer { withExtendedLifetime(folder) {} }
            let certificates = try TestCertificates.shared.get()
            let plain = try FakeServer(.refuse)
            guard await Self.failure(try plain.options())?.code == .tlsFailed, plain.received().raw == Self.request
            else { fatalError("TLS was weakened") }

            let other = try FakeServer(.password, certificate: certificates.wrongHost)
            guard await Self.failure(try other.options())?.code == .tlsFailed, other.received().plain.isEmpty
            else { fatalError("the host name was not verified") }

            let right = try FakeServer(.password, certificate: certificates.right)
            let error = await Self.failure(try right.options())
            guard error?.code == .authenticationFailed else { fatalError("\(String(reflecting: error))") }
            let startup = right.received().plain
            guard startup.contains(text: Self.token), startup.contains(text: "user\0sso_provisioner\0"),
                startup.contains(text: "database\0postgres\0")
            else { fatalError("the server got something else") }
            for trace in ["evil", "German", "TimeZone", "timezone\0", "geqo", "LATIN1", "replication"]
            where startup.contains(text: trace) {
                fatalError("\(trace) came out of the environment")
            }
        }
    }

    private func expectNothingBeyondTLS(_ server: FakeServer) {
        let received = server.received()
        #expect(received.raw.starts(with: Self.request))
        #expect(received.raw.count > Self.request.count, "the handshake never began")
        #expect(received.plain.isEmpty)
        #expect(!received.raw.contains(text: "X-Amz-Signature"))
        #expect(!received.raw.contains(text: "sso_provisioner"))
    }
}

/// Everything that libpq would read out of the environment.
private enum Environment {
    /// - Returns: the folder of the files, to be kept.
    static func poison() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let service = folder.file("service")
        try "[evil]\nhost=127.0.0.9\nreplication=true\nsslmode=disable\n".write(
            toFile: service,
            atomically: true,
            encoding: .utf8
        )
        let variables = [
            "PGSSLMODE": "disable", "PGREQUIRESSL": "0", "PGHOST": "127.0.0.9", "PGHOSTADDR": "127.0.0.9",
            "PGPORT": "1", "PGDATABASE": "evil", "PGUSER": "evil", "PGPASSWORD": "evil", "PGPASSFILE": service,
            "PGSERVICE": "nosuch", "PGSERVICEFILE": service, "PGSSLROOTCERT": "system", "PGSSLCERT": service,
            "PGSSLKEY": service, "PGSSLCRL": service, "PGSSLCRLDIR": "/tmp", "PGSSLSNI": "0",
            "PGSSLMINPROTOCOLVERSION": "TLSv1", "PGSSLMAXPROTOCOLVERSION": "TLSv1", "PGSSLCERTMODE": "require",
            "PGSSLNEGOTIATION": "direct", "PGGSSENCMODE": "require", "PGREQUIREAUTH": "none",
            "PGCHANNELBINDING": "require", "PGTARGETSESSIONATTRS": "standby", "PGOPTIONS": "-c search_path=evil",
            "PGAPPNAME": "evil", "PGCONNECT_TIMEOUT": "1", "PGCLIENTENCODING": "LATIN1", "PGREQUIREPEER": "evil",
            "PGDATESTYLE": "German", "PGTZ": "Asia/Evil", "PGGEQO": "off", "PGLOADBALANCEHOSTS": "random",
            "PGMAXPROTOCOLVERSION": "latest", "PGKRBSRVNAME": "evil",
        ]
        for (name, value) in variables { setenv(name, value, 1) }
        return folder
    }
}
