// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport

extension FunctionStory {
    /// `sso-sync serve` with the function's configuration, and its queue.
    func serve(_ options: String..., environment: [String: String] = [:]) throws -> ServeProcess {
        try ServeProcess(
            ServedTool.path,
            in: folder,
            environment: aws.environment.merging(["AWS_REGION": aws.region]) { $1 }.merging(environment) { $1 },
            ["--config", "sso-sync.json", "--queue-url", queue.queueURL] + options
        )
    }

    /// Has a change of nobody in particular wait for its turn, which comes a minute after the last one.
    func makeWait(_ service: ServeProcess) async throws {
        try await service.eventually("the first run ends") { try $0.health()?.lastGoodFullRun != nil }
        let deletion = #"{"identityStoreId": "\#(aws.store)", "membershipId": "m"}"#
        for number in 1...2 {
            try await queue.sendMessage(LambdaEvents.trail("identitystore", "DeleteGroupMembership", deletion))
            try await service.eventually("message \(number) has come") {
                $0.log.ranges(of: "a batch of messages is handled").count == number
            }
        }
        try await service.eventually("one is done, the other one waits") { _ in
            try await messages() == ["": 0, "NotVisible": 1, "Delayed": 1]
        }
    }
}
