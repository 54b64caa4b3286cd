// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncMySQL

@Suite("Options of a connection to MySQL")
struct MySQLConnectionOptionsTests {
    private let options = MySQLConnectionOptions(host: "db", user: "u", caFile: "/dev/null")

    @Test(
        arguments: [
            // The C library would take these for a list of hosts, a connection string, a plugin's address.
            { $0.host = "a,b" }, { $0.host = "a;b" }, { $0.host = "a://b" },
            { $0.host = "" }, { $0.host = "/tmp" }, { $0.host = "a b" }, { $0.host = "a\0" }, { $0.host = "a\n" },
            { $0.port = 0 }, { $0.port = 65_536 }, { $0.user = "" }, { $0.user = "a\0" },
            { $0.user = String(repeating: "u", count: 33) }, { $0.programName = "" }, { $0.programName = "\0" },
            { $0.programName = String(repeating: "p", count: 129) }, { $0.connectTimeout = 0 },
            { $0.connectTimeout = 3_601 }, { $0.waitTimeout = 0 }, { $0.waitTimeout = 61 },
            { $0.statementTimeout = -1 }, { $0.statementTimeout = 1 << 32 }, { $0.lockWaitTimeout = 0 },
            { $0.lockWaitTimeout = 31_536_001 },
        ] as [@Sendable (inout MySQLConnectionOptions) -> Void]
    )
    func `refuse what means something else`(change: @Sendable (inout MySQLConnectionOptions) -> Void) {
        var options = options
        change(&options)
        let error = #expect(throws: MySQLError.self) { try options.validate() }
        #expect(error?.code == .invalidOptions)
    }

    @Test func `take what is sound`() throws {
        try options.validate()
        #expect(options.endpoint == "db:3306")
        #expect(MySQLConnectionOptions(host: "::1", port: 1, user: "u").endpoint == "[::1]:1")
        // 32 characters, not bytes.
        try MySQLConnectionOptions(host: "::1", user: String(repeating: "é", count: 32)).validate()
    }

    @Test func `say which CA file is missing, and where the one for RDS is`() {
        var options = options
        options.caFile = "/nowhere/rds.pem"
        let error = #expect(throws: MySQLError.self) { try options.certificateAuthorities() }
        #expect(error?.message.contains("/nowhere/rds.pem") == true)
        #expect(error?.message.contains("global-bundle.pem") == true)
    }
}
