// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

/// The runtime as a process under a control plane.
@Suite(.timeLimit(.minutes(5)))
struct LambdaRuntimeTests {
    private typealias Invocation = LambdaControlPlane.Invocation

    private func play(
        _ invocations: Invocation...,
        environment: [String: String] = [:],
        linger: Double = 0
    ) async throws -> LambdaControlPlane.Report {
        let report = try await LambdaControlPlane.play(
            invocations,
            on: "lambda-probe",
            environment: environment,
            linger: linger
        )
        #expect(report.violations.isEmpty)
        return report
    }

    /// What the observer was told of.
    private func observed(_ report: LambdaControlPlane.Report) -> [String] {
        report.log(with: "observed ").compactMap { $0.split(separator: " ").last.map(String.init) }
    }

    // MARK: Answers

    @Test func `a payload comes as it was sent, whatever it is, and so does the answer`() async throws {
        let payloads = ["{\"a\":1}", "", "no JSON at all \u{0} é\n", "null", String(repeating: "x", count: 300_000)]
        let plain = payloads.map { Invocation($0) }
        let shapes = [
            Invocation("1").with { $0.chunked = true }, Invocation("2").with { $0.lower = true },
            Invocation("3").with { $0.close = true }, Invocation("4").with { $0.delay = 0.3 },
        ]
        let report = try await LambdaControlPlane.play(plain + shapes, on: "lambda-probe")
        #expect(report.violations.isEmpty)
        #expect(report.starts == 1)
        #expect(report.outcomes.map(\.body) == payloads.map { String($0.prefix(5_000)) } + ["1", "2", "3", "4"])
    }

    @Test func `an error that has a name is reported by it, and one without by its type`() async throws {
        let report = try await play(Invocation("fail"), Invocation("failOddly"), Invocation("on"))
        #expect(report.outcomes.map(\.errorType) == ["Function.TargetBusy", "Function.Oddity", nil])
        #expect(report.kinds == ["error", "error", "response"])
        #expect(report.starts == 1)
        #expect(observed(report) == ["Function.TargetBusy", "Function.Oddity"])
        struct Body: Decodable { let errorMessage: String }
        let body = try JSONDecoder().decode(Body.self, from: Data(report.outcomes[1].body.utf8))
        // Whoever reads it in a mail or a terminal is not to be fooled by it.
        #expect(body.errorMessage == "line one\\u{1B}[31m\nline two \"quoted\" \\ é\\u{202E}")
    }

    @Test func `the text of an error has 4 KB at most, and ends with a whole character`() async throws {
        let report = try await play(Invocation("failAtLength"))
        struct Body: Decodable { let errorMessage: String }
        let text = try JSONDecoder().decode(Body.self, from: Data(report.outcomes[0].body.utf8)).errorMessage
        #expect(text == "x" + String(repeating: "𝔘", count: 1_023) + "…")
        #expect(text.utf8.count == 4_096)
    }

    @Test func `an answer of 6 MB and 100 bytes is sent, and a longer one is reported as an error`() async throws {
        let report = try await play(Invocation("fullSize"), Invocation("oversize"), Invocation("on"))
        #expect(report.kinds == ["response", "error", "response"])
        #expect(report.outcomes[1].errorType == "Function.ResponseTooLarge")
        #expect(observed(report) == ["Function.ResponseTooLarge"])
        #expect(report.starts == 1)
    }

    @Test func `the trace of an invocation reaches the task, and no other invocation`() async throws {
        let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e2a1;Sampled=1"
        let report = try await play(Invocation("trace").with { $0.trace = trace }, Invocation("trace"))
        #expect(report.outcomes.map(\.body) == [trace, "none"])
    }

    @Test func `who has invoked it, and for which tenant, is said where Lambda says it`() async throws {
        let names = ["Client-Context", "Cognito-Identity", "Aws-Tenant-Id"]
        let values = [#"{"custom":{}}"#, #"{"cognitoIdentityId":"id-1"}"#, "tenant-1"]
        let headers = Dictionary(uniqueKeysWithValues: zip(names.map { "Lambda-Runtime-" + $0 }, values))
        let report = try await play(Invocation("caller").with { $0.headers = headers }, Invocation("caller"))
        #expect(report.outcomes.map(\.body) == [values.joined(separator: " "), "none none none"])
    }

    // MARK: Time

    @Test func `a handler is stopped before its time is up, and what it then tells is sent`() async throws {
        let report = try await play(Invocation("work", timeout: 3), Invocation("on"))
        #expect(report.kinds == ["response", "response"])
        #expect(report.outcomes[0].body == "stopped")
        #expect(report.starts == 1)
    }

    @Test func `a handler that is stopped and has nothing to tell is reported as out of time`() async throws {
        let report = try await play(Invocation("workInVain", timeout: 3), Invocation("on"))
        #expect(report.outcomes.map(\.errorType) == ["Function.DeadlineExceeded", nil])
        #expect(observed(report) == ["Function.DeadlineExceeded"])
        #expect(report.starts == 1)
    }

    @Test func `a handler that goes on when it is stopped is reported in time, and its process ends`() async throws {
        let report = try await play(Invocation("ignore", timeout: 3), Invocation("on"))
        #expect(report.outcomes.map(\.errorType) == ["Runtime.HandlerStuck", nil])
        #expect(observed(report) == ["Runtime.HandlerStuck"])
        #expect(report.starts == 2)
        #expect(report.exits.first == 1)
    }

    // MARK: Ends

    @Test func `a runtime that is stopped says so of the invocation that it was busy with`() async throws {
        let report = try await play(Invocation("stop", timeout: 20), Invocation("on"))
        #expect(report.outcomes.map(\.errorType) == ["Runtime.Stopped", nil])
        #expect(report.starts == 2)
        #expect(report.exits.first == 0)
    }

    @Test func `after a crash and after a freeze the next invocation is handled by a new process`() async throws {
        let report = try await play(Invocation("crash"), Invocation("freeze", timeout: 1), Invocation("on"))
        #expect(report.kinds == ["crash", "timeout", "response"])
        #expect(report.starts == 3)
        #expect(report.exits.first == 7)
    }

    @Test func `a function that cannot start says why, and ends with a status other than 0`() async throws {
        let report = try await play(Invocation("on"), environment: ["PROBE_INIT": "fail"])
        #expect(report.kinds == ["initError"])
        #expect(report.initErrors.map(\.errorType) == ["Function.TargetBusy"])
        #expect(observed(report) == ["Function.TargetBusy"])
        #expect(report.exits == [1])
        #expect(report.output.contains { $0.contains("the function cannot start") })
    }

    @Test func `a crash before the first invocation is a crash`() async throws {
        let report = try await play(Invocation("on"), environment: ["PROBE_INIT": "crash"])
        #expect(report.kinds == ["crash"])
        #expect(report.exits == [3])
    }

    // MARK: A control plane that is wrong

    @Test(arguments: [400, 403, 404, 413])
    func `an answer that is not taken is logged, and the next invocation is handled`(status: Int) async throws {
        let report = try await play(Invocation("a").with { $0.receipts = [.status(status)] }, Invocation("on"))
        #expect(report.kinds == ["refused", "response"])
        #expect(report.starts == 1)
        #expect(report.output.contains { $0.contains("ERROR") && $0.contains("Lambda") })
    }

    @Test func `an answer on a connection that breaks is sent once more`() async throws {
        let report = try await play(Invocation("a").with { $0.receipts = [.reset] }, Invocation("on"))
        #expect(report.outcomes.map(\.body) == ["a", "on"])
        #expect(report.starts == 1)
    }

    @Test func `an answer that breaks off twice ends the process`() async throws {
        let report = try await play(Invocation("a").with { $0.receipts = [.reset, .reset, .reset] }, Invocation("on"))
        #expect(report.kinds == ["crash", "response"])
        #expect(report.exits.first == 1)
    }

    @Test func `a control plane that goes away while nothing is to be done is no error`() async throws {
        let gone = Invocation("asked for").with { $0.next = .fault("truncate") }
        let report = try await play(Invocation("a"), gone, Invocation("on"))
        #expect(report.kinds == ["response", "crash", "response"])
        #expect(report.exits.first == 0)
        #expect(!report.output.contains { $0.contains("FATAL") })
    }

    @Test func `a connection that was kept and is closed is opened anew`() async throws {
        let closed = Invocation("asked for").with { $0.next = .fault("reset") }
        let report = try await play(Invocation("a"), closed, Invocation("on"))
        #expect(report.kinds == ["response", "lost", "response"])
        #expect(report.starts == 1)
    }

    @Test func `a control plane that fails ends the process, which says so`() async throws {
        let report = try await play(
            Invocation("a").with { $0.receipts = [.status(500)] },
            Invocation("b").with { $0.next = .status(500) },
            Invocation("on")
        )
        #expect(report.kinds == ["refused", "crash", "response"])
        #expect(report.exits.dropLast() == [1, 1])
        #expect(report.output.count { $0.contains("FATAL") && $0.contains("control-plane") } == 2)
    }

    @Test(arguments: ["reset", "truncate", "garbage"])
    func `an invocation that does not come whole is not handled`(fault: String) async throws {
        let report = try await play(Invocation("asked for").with { $0.next = .fault(fault) }, Invocation("on"))
        #expect(report.kinds == [fault == "reset" ? "lost" : "crash", "response"])
        #expect(report.exits.first == 1)
        #expect(report.output.count { $0.contains("asked") } == 1)
    }

    @Test(arguments: ["", "a/../../init/error", "a%20b", "id\u{E9}", String(repeating: "a", count: 129)])
    func `an invocation whose id is none that can be answered to ends the process`(id: String) async throws {
        let report = try await play(
            Invocation("x").with { $0.headers = ["Lambda-Runtime-Aws-Request-Id": id] },
            Invocation("y").with { $0.omit = ["Lambda-Runtime-Aws-Request-Id"] },
            Invocation("on")
        )
        #expect(report.kinds == ["crash", "crash", "response"])
        #expect(report.output.count { $0.contains("bad-answer") } == 2)
    }

    @Test(arguments: ["", "soon", "-1", "1.5", "99999999999999999999"])
    func `an invocation without a deadline that can be read is reported`(deadline: String) async throws {
        let report = try await play(
            Invocation("x").with { $0.headers = ["Lambda-Runtime-Deadline-Ms": deadline] },
            Invocation("y").with { $0.omit = ["Lambda-Runtime-Deadline-Ms"] },
            Invocation("on")
        )
        #expect(report.outcomes.map(\.errorType) == ["Runtime.BadInvocation", "Runtime.BadInvocation", nil])
        #expect(observed(report) == ["Runtime.BadInvocation", "Runtime.BadInvocation"])
        #expect(report.starts == 1)
    }

    @Test func `a deadline that has passed stops the handler at once`() async throws {
        let past = Invocation("work").with { $0.headers = ["Lambda-Runtime-Deadline-Ms": "1000"] }
        let report = try await play(past, Invocation("on"))
        #expect(report.kinds.last == "response")
        #expect(["response", "error"].contains(report.kinds[0]))
    }

    // MARK: Long runs

    @Test func `five thousand invocations need no more memory and descriptors than a hundred`() async throws {
        let report = try await play(Invocation("{\"a\":1}", times: 3_500), Invocation("fail", times: 1_500))
        #expect(report.outcomes.count == 5_000)
        #expect(report.starts == 1)
        #expect(report.kinds.count { $0 == "response" } == 3_500)
        let settled = try #require(report.samples.dropFirst().first)
        let last = try #require(report.samples.last)
        #expect(report.samples.count == 100)
        #expect(last.descriptors == settled.descriptors)
        // Allocators keep a little here and there. A timer that watched each of them and stayed would be 600 bytes.
        #expect(last.resident - settled.resident < 2_048, "\(report.samples)")
    }
}
