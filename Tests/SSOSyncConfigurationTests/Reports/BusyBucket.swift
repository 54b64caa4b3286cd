// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport

/// A bucket with a report of each second of the day up to now, made up when it is asked for, so that it takes no memory itself.
struct BusyBucket: HTTPTransport {
    /// What it was asked for.
    struct Asked {
        var lists = 0
        /// How much memory the process had, in pages of the system, when each report was asked for.
        var used: [Int] = []
    }

    let asked = Locked(Asked())

    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        guard request.query.contains("list-type") else {
            asked.withLock { $0.used.append(Self.resident) }
            let text = report(String(request.path.dropFirst()))
            return HTTPResponse(status: 200, headers: HTTPHeaders([.init("ETag", "\"e\"")]), body: Array(text.utf8))
        }
        asked.withLock { $0.lists += 1 }
        let query = URLComponents(string: "?\(request.query)")?.queryItems ?? []
        let value = { (name: String) in query.first { $0.name == name }?.value }
        let body =
            value("delimiter") != nil
            ? "" : page(value("prefix") ?? "", after: value("continuation-token") ?? value("start-after"))
        let end = body.contains("NextContinuationToken") ? "true" : "false"
        let text = "<ListBucketResult><IsTruncated>\(end)</IsTruncated>\(body)</ListBucketResult>"
        return HTTPResponse(status: 200, body: Array(text.utf8))
    }

    private func page(_ prefix: String, after start: String?) -> String {
        let keys = (0..<43_200).map(Self.key).filter { $0.hasPrefix(prefix) && $0 > start ?? "" }
        let contents = keys.prefix(1_000).map { "<Contents><Key>\($0)</Key></Contents>" }.joined()
        guard keys.count > 1_000 else { return contents }
        return contents + "<NextContinuationToken>\(keys[999])</NextContinuationToken>"
    }

    private static func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func key(_ second: Int) -> String {
        "r/2026/11/22/\(digits(second / 3_600))\(digits(second / 60 % 60))\(digits(second % 60))Z-prod-\(second).json"
    }

    /// One of 30 KB, of a run that did one thing on one target.
    private func report(_ key: String) -> String {
        let clock = Array(key.dropFirst(13).prefix(6))
        let time = "2026-11-22T\(String(clock[0..<2])):\(String(clock[2..<4])):\(String(clock[4..<6]))Z"
        let outcome = #"{"kind":"\#(String(repeating: "x", count: 30_000))","result":"done"}"#
        return #"""
            {"owner":"prod","run":"\#(key.suffix(10))","scope":"everyone","startedAt":"\#(time)","verdict":"in-sync",
            "targets":[{"target":"orders","verdict":"in-sync","outcomes":[\#(outcome)]}]}
            """#
    }

    /// In bytes.
    private static var resident: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }
}
