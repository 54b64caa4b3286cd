// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import Testing

@testable import SSOSyncMySQL

@Suite("Errors of a connection to MySQL")
struct MySQLErrorTests {
    private let options = MySQLConnectionOptions(host: "db.example", port: 3_307, user: "prov", caFile: "/dev/null")

    private func error(_ number: Int, _ message: String) -> MySQLError {
        MySQLError(
            connecting: MySQLReport(number: number, sqlState: "HY000", message: message),
            options: options
        )
    }

    @Test(arguments: [
        (2_005, "Unknown server host 'db.example' (-2)", MySQLError.Code.connectionFailed, "not known here"),
        (2_002, "Can't connect to server on 'db.example' (111)", .connectionFailed, "Connection refused"),
        (2_002, "Can't connect to server on 'db.example' (110)", .timeout, "security groups"),
        (2_002, "Can't connect to server on 'db.example' (115)", .connectionFailed, "refused, or no way leads"),
        (2_013, "Lost connection to server at 'x', system error: 110", .timeout, "security groups"),
        (2_013, "Lost connection to server at 'x', system error: 11", .connectionFailed, "broke the connection off"),
        (2_026, "TLS/SSL error: SSL is required, but the server does not support it", .tlsFailed, "offers no TLS"),
        (2_026, "TLS/SSL error: certificate has expired", .tlsFailed, "global-bundle.pem"),
        (
            2_026, "TLS/SSL error: Validation of SSL server certificate failed", .tlsFailed,
            "endpoint's own name"
        ),
        (2_026, "TLS/SSL error: tlsv1 alert protocol version", .tlsFailed, "TLS 1.2 or 1.3"),
        (2_012, "Error in server handshake", .connectionFailed, "MySQL's protocol"),
        (1_045, "Plugin x could not be loaded: y.so: cannot open", .authenticationFailed, "libmariadb3"),
        (2_059, "Authentication plugin 'x' cannot be loaded", .authenticationFailed, "libmariadb3"),
        (5_010, "Authentication plugin couldn't be found", .authenticationFailed, "AWSAuthenticationPlugin"),
        (1_045, "Access denied for user 'prov'@'x'", .authenticationFailed, "rds-db:connect"),
        (3_118, "Access denied. Account is locked.", .authenticationFailed, "locked"),
        (1_040, "Too many connections", .connectionFailed, "no connection left"),
        (1_129, "Host 'x' is blocked", .connectionFailed, "host_cache"),
        (1_130, "Host 'x' is not allowed", .authenticationFailed, "from this machine"),
        (1_053, "Server shutdown in progress", .connectionFailed, "Try again"),
        (1_158, "Got an error reading communication packets", .connectionFailed, "reading communication"),
    ])
    func `tell what went wrong with connecting, where, and what to do`(
        number: Int,
        message: String,
        code: MySQLError.Code,
        words: String
    ) {
        let error = error(number, message)
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error)")
        #expect(error.message.contains("db.example"))
        #expect(error.isConnectionLost)
    }

    /// Connector/C 3.3 and later hands out what came in clear as an error of its own.
    @Test func `tell what came instead of a greeting`() {
        let error = error(
            2_002,
            "Received error packet before completion of TLS handshake. The authenticity of the following error cannot be "
                + "verified: 1040 - Too many connections"
        )
        #expect(error.number == 1_040)
        #expect(error.message.contains("no connection left"))
        #expect(!error.message.contains("authenticity"))
    }

    @Test(arguments: [
        (1_193, MySQLError.Code.unsupportedServer), (1_231, .unsupportedServer), (1_227, .connectionFailed),
    ])
    func `tell a server that does not know the settings`(number: Int, code: MySQLError.Code) {
        let report = MySQLReport(number: number, sqlState: "HY000", message: "no")
        #expect(MySQLError(preparing: report, greeted: "8.0.0", options: options).code == code)
    }

    @Test(arguments: [
        (1_290, "The MySQL server is running with the --super-read-only option so it cannot", MySQLError.Code.readOnly),
        (1_290, "The MySQL server is running with the --secure-file-priv option so it cannot", .statementFailed),
        (1_836, "Running in read-only mode", .readOnly), (1_792, "Cannot execute statement in a READ ONLY", .readOnly),
        (3_024, "Query execution was interrupted, maximum statement execution time exceeded", .timeout),
        (1_317, "Query execution was interrupted", .timeout), (1_396, "Operation CREATE USER failed", .statementFailed),
        (1_205, "Lock wait timeout exceeded", .statementFailed),
    ])
    func `map a statement's number`(number: Int, message: String, code: MySQLError.Code) {
        let error = MySQLError(refused: MySQLReport(number: number, sqlState: "HY000", message: message))
        #expect(error.code == code)
        #expect(error.number == number)
        #expect(error.message == message)
        #expect(!error.isConnectionLost)
    }

    @Test(arguments: [
        2_000, 2_006, 2_013, 2_014, 2_026, 2_027, 2_055, 5_014, 1_053, 1_077, 1_080, 1_152, 1_153, 1_159, 1_161, 1_184,
        3_169, 4_031,
    ])
    func `know after which numbers nothing more comes`(number: Int) {
        #expect(MySQLReport(number: number, sqlState: "HY000", message: "").endsSession)
    }

    @Test(arguments: [1_045, 1_054, 1_064, 1_205, 1_213, 1_227, 1_317, 1_396, 3_024, 3_162])
    func `know after which numbers a session goes on`(number: Int) {
        #expect(!MySQLReport(number: number, sqlState: "HY000", message: "").endsSession)
    }

    @Test func `show the number and the state`() {
        let error = MySQLError(refused: MySQLReport(number: 1_396, sqlState: "HY000", message: "no"))
        #expect(error.description == "no (error 1396, SQLSTATE HY000)")
        #expect(error.debugDescription == "MySQLError.statementFailed: no (error 1396, SQLSTATE HY000)")
    }
}
