// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

struct FunctionInputTests {
    private enum Kind { case batch, fullRun, refused }

    private func kind(_ payload: String) -> Kind {
        do throws(FunctionFailure) {
            switch try FunctionInput(Array(payload.utf8)) {
            case .batch: return .batch
            case .fullRun: return .fullRun
            }
        } catch {
            #expect(error.reason == "InputRefused")
            #expect(error.description.utf8.count < 200)
            return .refused
        }
    }

    @Test func `messages from SQS and both kinds of schedule are taken`() throws {
        #expect(kind(try LambdaEvents.batch(["{}", "x"])) == .batch)
        #expect(kind(LambdaEvents.schedule) == .fullRun)
        #expect(kind(LambdaEvents.schedulerInput) == .fullRun)
        #expect(kind(#" { "sso-sync" : { "run" : "full", "v" : 1 } } "#) == .fullRun)
    }

    @Test(arguments: [
        "", "null", "[]", "{}", "7", "{", "\u{0}", #""full""#,
        #"{"sso-sync":{"v":2,"run":"full"}}"#, #"{"sso-sync":{"v":1,"run":"plan"}}"#, #"{"sso-sync":{"run":"full"}}"#,
        #"{"sso-sync":{"v":1,"run":"full","targets":["orders"]}}"#, #"{"sso-sync":{"v":1,"run":"full"},"x":1}"#,
        #"{"sso-sync":{"v":1,"run":"full","run":"full"}}"#, #"{"sso-sync":{"v":"1","run":"full"}}"#,
        #"{"source":"aws.events","detail-type":"Object Created"}"#, #"{"source":"me","detail-type":"Scheduled Event"}"#,
        #"{"Records":[{"eventSource":"aws:sns","Sns":{"Message":"x"}}]}"#,
        #"{"Records":[{"eventSource":"aws:s3","messageId":"m"}]}"#,
    ])
    func `everything else is refused`(payload: String) {
        #expect(kind(payload) == .refused)
    }

    @Test func `an event of the directory that comes by itself is refused: nobody could have it come again`() {
        let event = LambdaEvents.membership("AddMemberToGroup", person: "p", group: "g", store: "d-1234567890")
        #expect(kind(event) == .refused)
    }

    @Test(arguments: 0..<100)
    func `a payload that somebody damages is refused or what it was`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let payloads = [LambdaEvents.schedule, LambdaEvents.schedulerInput, try LambdaEvents.batch(["a", "b"])]
        for payload in payloads {
            var bytes = Array(payload.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0x20..<0x7F, using: &random)
            }
            let damaged = kind(String(decoding: bytes, as: UTF8.self))
            #expect(damaged == .refused || damaged == kind(payload))
        }
    }
}
