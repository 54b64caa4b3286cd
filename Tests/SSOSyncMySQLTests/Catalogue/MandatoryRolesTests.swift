// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncMySQL

@Suite("The setting mandatory_roles")
struct MandatoryRolesTests {
    @Test(arguments: [
        ("", []), ("role1", ["role1@%"]),
        (
            "`role1`@`%`,`role2`,role3,role4@localhost",
            [
                "role1@%", "role2@%", "role3@%", "role4@localhost",
            ]
        ),
        ("'a,b'@'%' , \"c@d\"@'10.%'", ["a,b@%", "c@d@10.%"]), ("'o''neill'", ["o'neill@%"]), (" r ", ["r@%"]),
    ])
    func `names are read with and without quotes and hosts`(text: String, roles: [String]) {
        #expect(MandatoryRoles.parse(text).map(\.definer) == roles)
    }
}
