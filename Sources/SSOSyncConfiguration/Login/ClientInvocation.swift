// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// How a client is started so that it logs in by token over verified TLS.
///
/// The token is never among the arguments, which every user of the machine can read.
public struct ClientInvocation: Sendable {
    /// The arguments, without the program's name.
    public let arguments: [String]
    /// Variables to set for the program; nil takes one away.
    public let environment: [String: String?]
    /// The value of `PGPASSWORD`, if the program reads the token from there.
    public let password: Secret?
    /// The text of an options file that holds the token, if the program reads it from one.
    public let optionsFile: Secret?

    /// Puts an invocation together.
    ///
    /// - Parameters:
    ///   - client: The program.
    ///   - login: Who logs in, and where.
    ///   - token: The token.
    ///   - optionsPath: Where the program finds the options file, if it needs one.
    ///   - arguments: More arguments, of whoever starts it.
    public init(
        _ client: DatabaseClient,
        _ login: PersonalLogin,
        token: Secret,
        optionsPath: String,
        arguments more: [String]
    ) {
        switch client {
        case .psql:
            arguments = more
            environment = Self.postgres(login)
            password = token
            optionsFile = nil
        case .mysql, .mariadb:
            arguments = ["--defaults-file=\(optionsPath)"] + Self.mysql(client, login) + more
            // The file of `mysql_config_editor` is read whatever else is said, and its password would win
            // (<https://dev.mysql.com/doc/refman/8.4/en/option-file-options.html>).
            environment = ["MYSQL_TEST_LOGIN_FILE": "/dev/null", "MYSQL_PWD": nil]
            password = nil
            optionsFile = Secret("[client]\npassword=\"\(token.exposed)\"\n")
        }
    }

    /// Variables rather than arguments, so that what somebody adds to those wins, as with psql itself
    /// (<https://www.postgresql.org/docs/17/libpq-envars.html>).
    private static func postgres(_ login: PersonalLogin) -> [String: String?] {
        [
            "PGHOST": login.endpoint.host, "PGPORT": "\(login.endpoint.port)", "PGUSER": login.user,
            "PGDATABASE": login.database, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": login.authorities,
            "PGGSSENCMODE": "disable", "PGSSLNEGOTIATION": nil, "PGHOSTADDR": nil, "PGSERVICE": nil,
            "PGSERVICEFILE": nil, "PGREQUIRESSL": nil,
        ]
    }

    private static func mysql(_ client: DatabaseClient, _ login: PersonalLogin) -> [String] {
        let place = [
            "--protocol=TCP", "--host=\(login.endpoint.host)", "--port=\(login.endpoint.port)", "--user=\(login.user)",
            "--ssl-ca=\(login.authorities)",
        ]
        // Without being told, MariaDB's client does not verify the server, and Oracle's does not send a token
        // (<https://mariadb.com/kb/en/mariadb-command-line-client/>,
        // <https://dev.mysql.com/doc/refman/8.4/en/cleartext-pluggable-authentication.html>).
        let verification =
            client == .mariadb
            ? ["--ssl", "--ssl-verify-server-cert"] : ["--ssl-mode=VERIFY_IDENTITY", "--enable-cleartext-plugin"]
        return place + verification + (login.database.map { ["--database=\($0)"] } ?? [])
    }
}
