// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Word through a webhook")
struct WebhookNotifierTests {
    private let secret = "whsec-0123456789"
    private let report = Runs.report([Runs.failed("orders")])

    private func notifier(
        _ url: String,
        authority: String? = nil,
        _ settings: NoticeSettings = Runs.settings([.failure])
    ) throws -> WebhookNotifier {
        let secret = secret
        var notifier = WebhookNotifier(
            try WebhookNotifier.Endpoint(url),
            secret: { @Sendable in Secret(secret) },
            transport: CurlTransport(.init(authorityFile: authority)),
            settings: settings,
            retryPolicy: RetryPolicy(maximumAttempts: 3, maximumBackoff: .milliseconds(10))
        )
        notifier.attemptTimeout = .milliseconds(500)
        notifier.timeLimit = .seconds(3)
        return notifier
    }

    /// What another program makes of a signature, by the documentation.
    private func verify(_ request: HTTPServer.Request, secret: String) async throws -> Bool {
        let script = """
            import hashlib, hmac, sys
            parts = dict(part.split("=", 1) for part in sys.argv[2].split(","))
            signed = parts["t"].encode() + b"." + sys.argv[3].encode()
            expected = hmac.new(sys.argv[1].encode(), signed, hashlib.sha256).hexdigest()
            print(hmac.compare_digest(expected, parts["v1"]))
            """
        let header = request.header("X-SSOSync-Signature") ?? ""
        let output = try await ChildProcess.output(["python3", "-c", script, secret, header, request.body])
        return output.hasPrefix("True")
    }

    @Test func `a receiver over TLS gets JSON that is signed, with a text for Slack`() async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try await HTTPServer([.init(times: 0)], certificate: certificates.right)
        let notifier = try notifier(
            "https://localhost:\(server.port)/hooks/TEAM/HOOK?a=b%20c",
            authority: certificates.authority,
            Runs.settings([.failure, .changes], .names)
        )
        let report = Runs.report([Runs.changed("orders", made: 1, failed: 1)])
        for _ in 0..<2 { try await notifier.notify(report) }
        let request = try #require(try server.requests().first)
        #expect(request.method == "POST" && request.target == "/hooks/TEAM/HOOK?a=b%20c")
        #expect(request.header("Content-Type") == "application/json")
        #expect(try await verify(request, secret: secret))
        #expect(try await !verify(request, secret: "another"))
        let body = try object(request.body)
        let text = body["text"] as? String ?? ""
        #expect(text.contains("\"name\" &lt;!channel&gt; &amp; others") && !text.contains("<"))
        #expect((body["notice"] as? [String: Any])?["run"] as? String == "0123456789abcdef")
        #expect(try server.requests().count == 2, "changes are told each time")
    }

    @Test func `a signature is the one that the documentation shows`() {
        let body = Array(#"{"notice":{},"text":"x"}"#.utf8)
        let value = WebhookSignature.value(body, at: 1_795_332_182, secret: Secret("a-secret"))
        #expect(value == "t=1795332182,v1=1840358a23236d7ba58763c3fe880f599a298fb23a5d5d9aa3b24923af1c0b91")
    }

    @Test func `a receiver that is not who it says is not told`() async throws {
        let certificates = try TestCertificates.shared.get()
        for (pair, authority) in [
            (certificates.right, certificates.otherAuthority), (certificates.wrongHost, certificates.authority),
        ] {
            let server = try await HTTPServer([.init(times: 0)], certificate: pair)
            let notifier = try notifier("https://localhost:\(server.port)/", authority: authority)
            let error = await #expect(throws: AWSError.self) { try await notifier.notify(report) }
            #expect(error?.code == .certificateRejected)
            #expect(try server.requests().isEmpty)
        }
    }

    @Test func `a receiver that fails is asked again, with another signature, and then told`() async throws {
        let server = try await HTTPServer([.init(status: 500), .init(status: 503), .init(status: 204)])
        var notifier = try notifier("http://127.0.0.1:\(server.port)/")
        let seconds = Locked<Int64>(0)
        notifier.now = {
            seconds.withLock { seconds in
                seconds += 1
                return Timestamp(secondsSince1970: seconds)
            }
        }
        try await notifier.notify(report)
        let signatures = try server.requests().compactMap { $0.header("X-SSOSync-Signature") }
        #expect(signatures.map { $0.prefix(4) } == ["t=1,", "t=2,", "t=3,"])
        try await notifier.notify(report)
        #expect(try server.requests().count == 3)
    }

    @Test(arguments: [
        (HTTPServer.Reply(times: 0, status: 500), "answered with the status 500", 3),
        (HTTPServer.Reply(times: 0, status: 403, body: "hooks/TEAM/HOOK"), "answered with the status 403", 1),
        (HTTPServer.Reply(times: 0, status: 302), "redirects are not followed", 1),
        (HTTPServer.Reply(times: 0, fault: "hang"), "timedOut", 3),
        (HTTPServer.Reply(times: 0, fault: "garbage"), "was not told", 3),
    ])
    func `a receiver that does not take it is named without the secret part of its address`(
        reply: HTTPServer.Reply,
        words: String,
        attempts: Int
    ) async throws {
        let server = try await HTTPServer([reply])
        var notifier = try notifier("http://localhost:\(server.port)/hooks/TEAM/HOOK")
        // So that on a busy machine each attempt gets as far as the server, and there is time for all.
        notifier.attemptTimeout = .seconds(2)
        notifier.timeLimit = .seconds(60)
        let told = CompositeNotifier([notifier])
        let error = await #expect(throws: CompositeNotifier.Failures.self) { try await told.notify(report) }
        let text = try #require(error?.description)
        #expect(text.contains(words) && text.contains("WebhookNotifier"), "\(text)")
        #expect(text.contains("http://localhost:\(server.port)") && !text.contains("TEAM"), "\(text)")
        try await eventually("all attempts were noted") {
            try server.requests().count { $0.method == "POST" } == attempts
        }
    }

    @Test func `only https is taken, and http on this machine`() throws {
        for url in [
            "http://example.com/", "ftp://a/", "https://", "a.example.com", "https://u:p@a/", "https://a/#b", "",
        ] {
            let error = #expect(throws: AWSError.self) { try WebhookNotifier.Endpoint(url) }
            #expect(error?.code == .invalidArgument)
            #expect(url.count < 9 || error?.message.contains(url) == false)
        }
        #expect(try WebhookNotifier.Endpoint("http://[::1]:80/x/").path == "/x/")
        #expect(try WebhookNotifier.Endpoint("https://a.example.com?x=1").path == "/")
        #expect(try WebhookNotifier.Endpoint("https://a.example.com/x").path == "/x")
    }

    @Test func `nothing prints the secret or the address`() throws {
        let notifier = try notifier("https://hooks.example.com/services/TEAM/HOOK")
        var dumped = ""
        dump(notifier, to: &dumped)
        let texts = ["\(notifier)", String(reflecting: notifier), dumped, "\(Secret(secret))"]
        #expect(texts.allSatisfy { !$0.contains("TEAM") && !$0.contains(secret) }, "\(texts)")
        #expect("\(notifier)".contains("hooks.example.com"))
    }

    @Test(arguments: [10, 1_000, 10_000])
    func `a body is short enough for Slack to show its text whole`(count: Int) throws {
        let report = Runs.report([Runs.changed("orders", made: count, failed: count)])
        let notice = try #require(Runs.notice(report, Runs.settings([.failure, .changes], .names)))
        let bytes = WebhookBody.bytes(notice)
        #expect(bytes.count <= 131_072)
        let text = try object(String(decoding: bytes, as: UTF8.self))["text"] as? String
        #expect((text?.count ?? .max) <= 30_000)
    }
}
