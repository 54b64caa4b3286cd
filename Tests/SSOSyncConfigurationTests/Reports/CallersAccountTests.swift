// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// Whose account it is that a program works in.
struct CallersAccountTests {
    @Test(arguments: [
        ("arn:aws:lambda:eu-west-1:222222222222:function:sso-sync-prod:live", "222222222222"), ("", nil), (nil, nil),
    ])
    func `a function knows it by its own ARN, and asks nobody`(arn: String?, account: String?) async {
        let number = await CallersAccount(arn: { arn }).number {
            Issue.record("STS was asked")
            return ""
        }
        #expect(number == account)
    }

    @Test(arguments: [true, false])
    func `others ask once, whatever comes of it`(isThere: Bool) async {
        let asked = Locked(0)
        let account = CallersAccount()
        for _ in 0..<3 {
            let number = await account.number {
                asked.withLock { $0 += 1 }
                guard isThere else { throw SyncError(.unreachable, "no route to STS") }
                return "222222222222"
            }
            #expect(number == (isThere ? "222222222222" : nil))
        }
        #expect(asked.withLock { $0 } == 1)
    }

    /// In a network with a way to S3 and none to STS.
    @Test(.timeLimit(.minutes(1))) func `no report waits long for an answer that does not come`() async {
        let (never, end) = AsyncStream<String>.makeStream()
        let number = await CallersAccount(patience: .milliseconds(50)).number { await never.first { _ in true } ?? "" }
        #expect(number == nil)
        end.finish()
    }
}
