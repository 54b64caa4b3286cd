// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncPostgres

@Suite struct `Connection parameters` {
    private let options = PostgresConnectionOptions(host: "db", user: "u", caFile: "/dev/null")

    private func parameters(_ options: PostgresConnectionOptions) throws -> [String: String] {
        let parameters = try ConnectionParameters(options, address: "127.0.0.1", secret: Secret("s"))
        return Dictionary(uniqueKeysWithValues: parameters.pairs.map { ($0.keyword, $0.value) })
    }

    @Test func `leave no keyword to the environment`() throws {
        let parameters = try ConnectionParameters(options, address: "127.0.0.1", secret: Secret("s"))
        let given = Set(parameters.pairs.filter { !$0.value.isEmpty }.map(\.keyword))
        let hidden = Set(parameters.hiddenVariables)
        #expect(ConnectionParameters.keywords.count > 30)
        for keyword in ConnectionParameters.keywords {
            guard let variable = keyword.variable else { continue }
            #expect(given.contains(keyword.name) || hidden.contains(variable), "\(keyword.name)")
        }
        #expect(hidden.isSuperset(of: ["PGSERVICE", "PGTZ", "PGDATESTYLE", "PGGEQO"]))
    }

    @Test func `verify the certificate and offer no other login`() throws {
        let parameters = try parameters(options)
        #expect(parameters["sslmode"] == "verify-full")
        #expect(parameters["sslrootcert"] == "/dev/null")
        #expect(parameters["gssencmode"] == "disable")
        #expect(parameters["passfile"] == "/dev/null")
        #expect(parameters["hostaddr"] == "127.0.0.1")
        #expect(parameters["host"] == "db")
    }

    @Test func `carry settings with their blanks and backslashes`() throws {
        var options = options
        options.settings = ["search_path": #"a b\c"#, "sso.x": "1"]
        let text = try #require(try parameters(options)["options"])
        #expect(text.contains(#"-c search_path=a\ b\\c "#))
        #expect(text.contains("-c sso.x=1"))
        #expect(text.contains("-c idle_session_timeout=60000"))
    }

    @Test(arguments: ["", "a\0b"])
    func `refuse a secret for which libpq would look elsewhere`(secret: String) {
        let error = #expect(throws: PostgresError.self) {
            try ConnectionParameters(options, address: "127.0.0.1", secret: Secret(secret))
        }
        #expect(error?.code == .invalidOptions)
    }

    @Test(
        arguments: [
            { $0.host = "" }, { $0.host = "/tmp" }, { $0.host = "@x" }, { $0.host = "a,b" }, { $0.host = "a b" },
            { $0.host = "a\0" }, { $0.port = 0 }, { $0.port = 65_536 }, { $0.user = "" }, { $0.database = "" },
            { $0.user = String(repeating: "u", count: 64) }, { $0.database = "a\0" }, { $0.connectTimeout = 0 },
            { $0.idleSessionTimeout = 0 }, { $0.idleSessionTimeout = 60_001 }, { $0.statementTimeout = -1 },
            { $0.settings = ["a b": "1"] }, { $0.settings = ["a": "\0"] },
        ] as [@Sendable (inout PostgresConnectionOptions) -> Void]
    )
    func `refuse options that mean something else`(change: @Sendable (inout PostgresConnectionOptions) -> Void) {
        var options = options
        change(&options)
        let error = #expect(throws: PostgresError.self) { try options.validate() }
        #expect(error?.code == .invalidOptions)
    }

    @Test func `take sound options`() throws {
        try options.validate()
        #expect(PostgresConnectionOptions(host: "::1", user: "u").endpoint == "[::1]:5432")
    }

    @Test func `say which CA file is missing, and where the one for RDS is`() {
        var options = options
        options.caFile = "/nowhere/rds.pem"
        let error = #expect(throws: PostgresError.self) { try options.certificateAuthorities() }
        #expect(error?.message.contains("/nowhere/rds.pem") == true)
        #expect(error?.message.contains("global-bundle.pem") == true)
    }
}
