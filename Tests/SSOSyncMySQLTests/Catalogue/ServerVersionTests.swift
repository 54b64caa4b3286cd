// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncMySQL

@Suite("Versions of MySQL")
struct ServerVersionTests {
    @Test(arguments: [
        ("8.0.39", ServerVersion(8, 0, 39)), ("9.7.4-2", ServerVersion(9, 7, 4)),
        ("8.0.23-log", ServerVersion(8, 0, 23)),
        ("5.7.44-rds.20240408", ServerVersion(5, 7, 44)), ("8.4", ServerVersion(8, 4, 99)),
        ("8.0.mysql_aurora.3.08.0", ServerVersion(8, 0, 99)),
    ])
    func `what servers say is understood`(text: String, version: ServerVersion) {
        #expect(ServerVersion(text) == version)
    }

    @Test(arguments: ["", "MySQL", "x.y.z", "-8"]) func `anything else is no version`(text: String) {
        #expect(ServerVersion(text) == nil)
    }

    @Test func `they are ordered by their numbers`() throws {
        let texts = ["5.7.44", "8.0.4", "8.0.22", "8.0.23", "8.0.39", "8.4.0", "9.0.1", "10.0.0"]
        let versions = texts.compactMap(ServerVersion.init)
        #expect(versions == versions.sorted() && versions.count == texts.count)
        #expect(try #require(ServerVersion("8.0.22")) < MySQLDialect.oldestVersion)
        #expect(try #require(ServerVersion("8.0.mysql_aurora.3.01.0")) >= MySQLDialect.oldestVersion)
    }
}
