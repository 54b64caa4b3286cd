// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncConfiguration

@Suite("Whose account it is")
struct CallerAccountTests {
    private static let role = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Readers_0123456789abcdef"

    @Test(arguments: ["ann", "ann@example.com", "o'neil"])
    func `the session of a permission set's role is called after the user`(name: String) throws {
        #expect(try CallerAccount.name(arn: "\(Self.role)/\(name)", attribute: .userName) == name)
    }

    @Test(arguments: [
        "arn:aws:sts::111111111111:assumed-role/deploy/ann", "arn:aws:iam::111111111111:user/ann", "\(role)/", role, "",
        "arn:aws:iam::111111111111:role/AWSReservedSSO_Readers_0123456789abcdef/ann",
    ])
    func `what anybody can call themselves says nothing`(arn: String) {
        let error = #expect(throws: UsageError.self) { try CallerAccount.name(arn: arn, attribute: .userName) }
        #expect(error?.description.contains("--user") == true)
    }

    @Test func `accounts that are called after something else have to be named`() {
        let error = #expect(throws: UsageError.self) {
            try CallerAccount.name(arn: "\(Self.role)/ann", attribute: .email)
        }
        #expect(error?.description.contains("email") == true)
    }
}
