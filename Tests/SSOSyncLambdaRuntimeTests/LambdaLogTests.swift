// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import Testing

struct LambdaLogTests {
    private let lines = Locked<[String]>([])

    private func logger(_ environment: [String: String]) -> Logger {
        let options = LambdaLogHandler.Options(environment: environment)
        return Logger(label: "test") { label in
            LambdaLogHandler(label: label, options: options) { [lines] line in lines.withLock { $0.append(line) } }
        }
    }

    private var written: [String] { lines.withLock { $0 } }

    @Test func `JSON has Lambda's keys and levels, and the ids of the invocation`() async throws {
        let logger = logger(["AWS_LAMBDA_LOG_FORMAT": "JSON"])
        let invocation = LambdaInvocation(requestId: "id-1", deadline: .init(secondsSince1970: 1), traceId: "Root=1-2")
        LambdaInvocation.$current.withValue(invocation) {
            logger.warning("gone\nfake \u{2028}é", metadata: ["target": "orders", "requestId": "another"])
        }
        let line = try #require(written.first)
        #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["timestamp", "level", "message", "requestId", "traceId", "logger", "metadata"])
        #expect(object["level"] as? String == "WARN")
        #expect(object["message"] as? String == "gone\nfake \u{2028}é")
        #expect(object["requestId"] as? String == "id-1")
        #expect(object["traceId"] as? String == "Root=1-2")
        #expect(object["metadata"] as? [String: String] == ["target": "orders"])
    }

    @Test func `text is one line, whatever is in it`() {
        logger([:]).error("gone\nERROR fake", metadata: ["name": "a\r\nb\u{202E}"])
        #expect(written == ["ERROR gone\\u{A}ERROR fake name=a\\u{D}\\u{A}b\\u{202E}"])
    }

    @Test(arguments: [
        ("TRACE", 6), ("DEBUG", 5), ("INFO", 4), ("WARN", 3), ("ERROR", 2), ("FATAL", 1), ("warn", 3), ("LOUD", 4),
        ("", 4),
    ])
    func `the level is the one that Lambda was set to, and INFO if it is no word of Lambda's`(word: String, count: Int)
    {
        let logger = logger(["AWS_LAMBDA_LOG_LEVEL": word])
        for level in [Logger.Level.trace, .debug, .info, .warning, .error, .critical] { logger.log(level: level, "x") }
        #expect(written.count == count)
    }

    @Test func `a line from the process is whole in the log, and carries its invocation's id`() async throws {
        let report = try await LambdaControlPlane.play(
            [.init("a", times: 50)],
            on: "lambda-probe",
            environment: ["AWS_LAMBDA_LOG_FORMAT": "JSON"]
        )
        struct Line: Decodable { let requestId: String }
        let ids = try report.output.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).requestId }
        #expect(ids == report.outcomes.map(\.requestId))
    }
}
