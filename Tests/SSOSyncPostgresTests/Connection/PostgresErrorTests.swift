// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import Testing

@testable import SSOSyncPostgres

@Suite struct `Errors of a connection` {
    private let options = PostgresConnectionOptions(host: "db.example", port: 5_433, user: "prov", caFile: "/dev/null")
    private let scrubber = SecretScrubber(Secret("hunter2"))

    private func error(_ message: String, _ stage: PostgresError.Stage) -> PostgresError {
        PostgresError(libpq: message, at: stage, options: options, scrubber: scrubber)
    }

    private func refusal(_ rest: String) -> PostgresError {
        error(#"connection to server at "db.example" (10.0.0.1), port 5433 failed: FATAL:  "# + rest, .loggingIn)
    }

    @Test(arguments: [
        ("28P01: password authentication failed for user \"prov\"\nLOCATION:  auth_failed, auth.c:338\n", "password"),
        ("28000: PAM authentication failed for user \"prov\"\n", "rds_iam"),
        ("28000: role \"prov\" is not permitted to log in\n", "not permitted"),
    ])
    func `tell a refused login`(rest: String, words: String) {
        let error = refusal(rest)
        #expect(error.code == .authenticationFailed)
        #expect(error.sqlState == String(rest.prefix(5)))
        #expect(error.message.contains("db.example:5433"))
        #expect(error.message.contains(words))
        #expect(!error.message.contains("LOCATION"))
    }

    @Test(arguments: [
        ("3D000: database \"x\" does not exist\n", PostgresError.Code.connectionFailed, "no such database"),
        ("53300: sorry, too many clients already\n", .connectionFailed, "no connection left"),
        ("57P03: the database system is starting up\n", .connectionFailed, "Try again"),
        ("42704: unrecognized configuration parameter \"x\"\n", .unsupportedServer, "PostgreSQL 15"),
        ("XX000: oops\n", .connectionFailed, "oops"),
    ])
    func `tell a refusal for another reason`(rest: String, code: PostgresError.Code, words: String) {
        let error = refusal(rest)
        #expect(error.code == code)
        #expect(error.message.contains(words))
        #expect(error.isConnectionLost)
    }

    @Test(arguments: [
        (
            "Connection refused\n\tIs the server running", PostgresError.Stage.reaching,
            PostgresError.Code.connectionFailed, "security groups"
        ),
        ("server does not support SSL, but SSL was required\n", .securing, .tlsFailed, "offers no TLS"),
        ("SSL error: certificate verify failed\n", .securing, .tlsFailed, "global-bundle.pem"),
        ("server certificate for \"a\" does not match host name \"b\"\n", .securing, .tlsFailed, "endpoint's own name"),
        ("server closed the connection unexpectedly\n", .securing, .connectionFailed, "closed the connection"),
        ("irgendein Fehler\n", .securing, .tlsFailed, "irgendein Fehler"),
        ("auth method \"gss\" requirement failed: x\n", .loggingIn, .authenticationFailed, "requirement failed"),
        ("server closed the connection unexpectedly\n", .loggingIn, .connectionFailed, "did not finish"),
    ])
    func `tell the client's own failures apart`(
        message: String,
        stage: PostgresError.Stage,
        code: PostgresError.Code,
        words: String
    ) {
        let error = error("connection to server at \"x\", port 1 failed: " + message, stage)
        #expect(error.code == code)
        #expect(error.message.contains(words))
        #expect(error.sqlState == nil)
    }

    @Test func `keep detail and hint`() {
        let error = refusal("28000: no\nDETAIL:  this\nHINT:  that\n")
        #expect(error.detail == "this")
        #expect(error.hint == "that")
        #expect(error.description.hasSuffix("Detail: this Hint: that (SQLSTATE 28000)"))
    }

    @Test func `never show the secret, nor control characters`() {
        let error = refusal("28000: got hunter2 \u{1B}[2Jand hunter2\u{301}\nDETAIL:  hunter2\n")
        let shown = error.description + error.debugDescription + "\(error)" + String(reflecting: error)
        #expect(!shown.contains("hunter2"))
        #expect(!shown.utf8.contains(0x1B))
        #expect(error.message.contains("***"))
        var dumped = ""
        dump(error, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }

    @Test func `never show a part of a token that counts`() {
        let signature = String(repeating: "0a", count: 32)
        let token =
            "db:5432/?Action=connect&DBUser=prov&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE"
            + "&X-Amz-Signature=\(signature)"
        let scrubber = SecretScrubber(Secret(token))
        for text in [token, "sig \(signature)", "cut IQoJb3JpZ2luX2VjEXAMPLE", "x&X-Amz-Signature=\(signature)"] {
            let shown = scrubber.scrub(text)
            #expect(!shown.contains(signature))
            #expect(!shown.contains("IQoJb3JpZ2luX2VjEXAMPLE"))
        }
        #expect(scrubber.scrub("role prov, Action=connect") == "role prov, Action=connect")
    }

    @Test(arguments: [
        ("25006", PostgresError.Code.readOnly), ("57014", .timeout), ("42501", .server), ("55P03", .server),
    ])
    func `map a statement's SQLSTATE`(state: String, code: PostgresError.Code) {
        let error = PostgresError(ServerReport(severity: "ERROR", sqlState: state, message: "m"), or: "")
        #expect(error.code == code)
        #expect(!error.isConnectionLost)
        #expect(error.message == "m")
    }
}
