// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import Testing

@Suite("Spellings of ids")
struct IdentityStoreResourceIdTests {
    private static let uuid = "c4b8d4f8-1031-70a2-1111-0123456789ab"

    @Test(arguments: [
        uuid, uuid.uppercased(), "90676f1e2d-\(uuid)", "arn:aws:identitystore:::user/\(uuid)",
        "arn:aws-cn:identitystore:::group/90676f1e2d-\(uuid)",
    ])
    func `a UUID, one with the store's number, and an ARN are one id`(text: String) {
        #expect(IdentityStoreResourceId.canonical(text) == Self.uuid)
    }

    @Test(arguments: [
        "", "ann", "g-1", "90676f1e2d", "\(uuid)0", "x\(uuid.dropFirst())", "user/\(uuid)", "90676f1e2-\(uuid)",
        "90676f1eZd-\(uuid)", "arn:aws:identitystore:::user/ann",
    ])
    func `what is no id stays as it is`(text: String) {
        #expect(IdentityStoreResourceId.canonical(text) == text)
    }
}
