// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

/// Rule 10 of the design: nothing secret leaves before chain and host name are verified.
@Suite("Transport security with MySQL", .timeLimit(.minutes(2)))
struct TransportSecurityTests {
    private static let token = "localhost:3306/?Action=connect&DBUser=sso_provisioner&X-Amz-Signature=0123456789abcdef"

    /// The capability by which a client offers to send its files.
    private static let localFiles: UInt8 = 0x80

    private static func failure(_ options: MySQLConnectionOptions) async -> MySQLError? {
        await #expect(throws: MySQLError.self) {
            _ = try await MySQLConnection.open(options, secret: Secret(token))
        }
    }

    @Test(arguments: ["refuse", "refuse-clear"])
    func `a server without TLS gets nothing, whatever it asks for`(mode: String) async throws {
        let server = try FakeServer(mode)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("localhost:\(server.port) offers no TLS") == true)
        #expect(server.received().raw.isEmpty)
    }

    @Test func `a server of the days before plugins gets nothing`() async throws {
        let server = try FakeServer("refuse-old")
        #expect(await Self.failure(try server.options())?.code == .connectionFailed)
        #expect(server.received().raw.isEmpty)
    }

    /// Connector/C 3.3 reads ahead, and took bytes in clear for the verified server's: it followed this request.
    @Test func `a request in clear before the handshake ends the attempt`() async throws {
        let server = try FakeServer("stuffed", certificate: TestCertificates.shared.get().right)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("in clear") == true)
        #expect(server.received().raw.isEmpty)
    }

    @Test func `a certificate of another authority gets no name and no token`() async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try FakeServer("ask-mysql_clear_password", certificate: certificates.right)
        let error = await Self.failure(try server.options(authority: certificates.otherAuthority))
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains(certificates.otherAuthority) == true)
        #expect(error?.message.contains("global-bundle.pem") == true)
        expectNothingBeyondTLS(server)
    }

    @Test func `a certificate of another host gets no name and no token`() async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try FakeServer("ask-mysql_clear_password", certificate: certificates.wrongHost)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("is for another host") == true)
        expectNothingBeyondTLS(server)
    }

    @Test func `the system's authorities do not accept a private one`() async throws {
        let server = try FakeServer("ask-mysql_clear_password", certificate: TestCertificates.shared.get().right)
        var options = try server.options()
        options.caFile = nil
        #expect(await Self.failure(options)?.code == .tlsFailed)
        expectNothingBeyondTLS(server)
    }

    @Test func `TLS 1.1 is not spoken`() async throws {
        let server = try FakeServer("tls-1.1", certificate: TestCertificates.shared.get().right)
        #expect(await Self.failure(try server.options())?.code == .tlsFailed)
        expectNothingBeyondTLS(server)
    }

    /// The proof that the tests above could fail.
    @Test(arguments: ["localhost", "127.0.0.1"])
    func `the right certificate gets the name, then the token`(host: String) async throws {
        let server = try FakeServer("ask-mysql_clear_password", certificate: TestCertificates.shared.get().right)
        let error = await Self.failure(try server.options(host: host))
        #expect(error?.code == .authenticationFailed)
        #expect(error?.number == 1_045)
        let received = server.received()
        #expect(received.plain.contains(text: "sso_provisioner\0"))
        #expect(received.plain.contains(text: "program_name"))
        #expect(received.plain.contains(text: Self.token))
        #expect(!received.raw.contains(text: "X-Amz-Signature"))
        // After the packet's header of four bytes come the capabilities, low byte first.
        #expect(received.plain[4] & Self.localFiles == 0)
    }

    /// Connector/C calls that an error of TLS, as it does before the token has gone.
    @Test(arguments: ["cut", "cut-early"])
    func `a connection that ends during the login is no trouble with TLS, and nobody denies that the token went`(
        mode: String
    ) async throws {
        let server = try FakeServer(mode, certificate: TestCertificates.shared.get().right)
        let error = try #require(await Self.failure(try server.options()))
        #expect(error.code == .connectionFailed)
        #expect(error.message.contains("broke the connection off before \"sso_provisioner\" was logged in"))
        #expect(!error.message.contains("No password or token was sent"))
        #expect(server.received().plain.contains(text: Self.token) == (mode == "cut"))
    }

    @Test func `a login by password proves it first, and shows it when the server does not know it yet`() async throws {
        let server = try FakeServer("ask-caching_sha2_password", certificate: TestCertificates.shared.get().right)
        #expect(await Self.failure(try server.options())?.code == .authenticationFailed)
        #expect(server.received().plain.contains(text: Self.token + "\0"))
    }

    @Test(arguments: [
        "dialog", "sha256_password", "mysql_old_password", "client_ed25519", "auth_gssapi_client", "nosuch",
    ])
    func `another way of logging in is not tried`(plugin: String) async throws {
        let server = try FakeServer("ask-\(plugin)", certificate: TestCertificates.shared.get().right)
        let error = await Self.failure(try server.options())
        #expect(error?.code == .authenticationFailed)
        #expect(error?.message.contains("AWSAuthenticationPlugin") == true)
        let plain = server.received().plain
        #expect(plain.contains(text: "sso_provisioner\0"))
        #expect(!plain.contains(text: "X-Amz-Signature"))
    }

    @Test func `the oldest way of logging in is not tried`() async throws {
        let server = try FakeServer("short-ask", certificate: TestCertificates.shared.get().right)
        #expect(await Self.failure(try server.options())?.code == .authenticationFailed)
        #expect(!server.received().plain.contains(text: "X-Amz-Signature"))
    }

    @Test func `a server that repeats the token is quoted without it`() async throws {
        let server = try FakeServer("echo", certificate: TestCertificates.shared.get().right)
        let error = try #require(await Self.failure(try server.options()))
        #expect(error.code == .authenticationFailed)
        #expect(error.message.contains("token ***"))
        #expect(!error.debugDescription.contains("0123456789abcdef"))
        #expect(!error.debugDescription.utf8.contains(0x1B))
    }

    @Test func `a server that asks for a file gets none`() async throws {
        let server = try FakeServer("infile", certificate: TestCertificates.shared.get().right)
        #expect(await Self.failure(try server.options())?.message.contains("forbidden") == true)
        let name = try String(contentsOfFile: "/etc/hostname", encoding: .utf8)
        #expect(!server.received().plain.contains(text: name))

        let later = try FakeServer("infile-later", certificate: TestCertificates.shared.get().right)
        let connection = try await MySQLConnection.open(try later.options(), secret: Secret(Self.token))
        let error = await #expect(throws: MySQLError.self) { try await connection.query("SELECT 1") }
        #expect(error?.isConnectionLost == true)
        #expect(await connection.isClosed)
        #expect(!later.received().plain.contains(text: name))
    }

    @Test func `no variable of the environment and no option file changes anything`() async {
        await #expect(processExitsWith: .success) {
            let folder = try Environment.poison()
            defer { withExtendedLifetime(folder) {} }
            let certificates = try TestCertificates.shared.get()
            let plain = try FakeServer("refuse-clear")
            guard await Self.failure(try plain.options())?.code == .tlsFailed, plain.received().raw.isEmpty
            else { fatalError("TLS was weakened") }

            let other = try FakeServer("ask-mysql_clear_password", certificate: certificates.wrongHost)
            guard await Self.failure(try other.options())?.code == .tlsFailed, other.received().plain.isEmpty
            else { fatalError("the host name was not verified") }

            let right = try FakeServer("ask-mysql_clear_password", certificate: certificates.right)
            let error = await Self.failure(try right.options())
            guard error?.code == .authenticationFailed else { fatalError("\(String(reflecting: error))") }
            let login = right.received().plain
            guard login.contains(text: Self.token), login.contains(text: "sso_provisioner\0") else {
                fatalError("the server got something else")
            }
            for trace in ["evil", "latin1"] where login.contains(text: trace) {
                fatalError("\(trace) came out of the environment")
            }
        }
    }

    private func expectNothingBeyondTLS(_ server: FakeServer) {
        let received = server.received()
        #expect(received.raw.count > 36, "the handshake never began")
        #expect(received.plain.isEmpty)
        #expect(!received.raw.contains(text: "X-Amz-Signature"))
        #expect(!received.raw.contains(text: "sso_provisioner"))
    }
}

/// Everything that the C library would read out of the environment.
private enum Environment {
    /// - Returns: the folder of the files, to be kept.
    static func poison() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let settings = """
            host=127.0.0.9
            port=1
            user=evil
            password=evil
            ssl-verify-server-cert=0
            skip-ssl
            default-character-set=latin1
            default-auth=mysql_native_password
            local-infile=1
            init-command=evil

            """
        for name in [".my.cnf", "my.cnf"] {
            try folder.write("[client]\n\(settings)[client-server]\n\(settings)[client-mariadb]\n\(settings)", to: name)
        }
        let variables = [
            "HOME": folder.path, "MYSQL_HOME": folder.path, "MARIADB_HOME": folder.path, "MYSQL_PWD": "evil",
            "MYSQL_HOST": "127.0.0.9", "MYSQL_TCP_PORT": "1", "MYSQL_UNIX_PORT": "/tmp/evil",
            "MARIADB_UNIX_PORT": "/tmp/evil", "USER": "evil", "LOGNAME": "evil", "LOGIN": "evil",
            "LIBMYSQL_PLUGINS": "mysql_clear_password;dialog", "LIBMYSQL_PLUGIN_DIR": folder.path,
            "MARIADB_PLUGIN_DIR": folder.path, "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN": "1",
            "MARIADB_TLS_DISABLE_PEER_VERIFICATION": "1",
        ]
        for (name, value) in variables { setenv(name, value, 1) }
        return folder
    }
}
