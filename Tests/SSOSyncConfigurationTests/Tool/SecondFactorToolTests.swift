// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// The program with a profile that asks for a second factor, at a terminal and without one.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(2)))
struct SecondFactorToolTests {
    private static let device = "arn:aws:iam::123456789012:mfa/ann"

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs a program in a session of its own, with a new terminal or without any, and answers its questions.
    private static let script = """
        import os, pty, subprocess, sys

        answers, command = sys.argv[1], sys.argv[2:]
        if answers == "nobody":
            sys.exit(subprocess.run(command, stdin=subprocess.DEVNULL, start_new_session=True).returncode)
        output, input = os.pipe()
        process, terminal = pty.fork()
        if process == 0:
            os.dup2(input, 1)
            os.execvp(command[0], command)
        os.close(input)
        seen, answers = b"", answers.split(",")
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if piece.endswith(b": ") and answers:
                os.write(terminal, answers.pop(0).encode() + b"\\n")
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        sys.stderr.write(seen.decode())
        sys.stdout.write(os.read(output, 65536).decode())
        sys.exit(status)
        """

    /// Asks for a login token of a target that is found by its tags, as a role that wants a second factor.
    private func run(_ answers: String) async throws -> (outcome: ChildProcess.Outcome, roles: Int) {
        var world = try await AWSStandIn.world()
        var till = AWSStandIn.DatabaseInstance("till")
        (till.Endpoint, till.TagList) = (.init("localhost", 1), [AWSStandIn.Tag("sso-sync", "shop")])
        world.rds = [world.region: AWSStandIn.RDS(clusters: [], instances: [till])]
        try await world.set()
        try FileManager.default.createDirectory(atPath: folder.file(".aws"), withIntermediateDirectories: true)
        var variables = world.environment.merging(["HOME": folder.path, "AWS_MAX_ATTEMPTS": "1"]) { $1 }
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].compactMap { name in
            variables.removeValue(forKey: name).map { "\(name.lowercased()) = \($0)" }
        }
        try folder.write(
            """
            [default]
            role_arn = arn:aws:iam::123456789012:role/reader
            source_profile = base
            mfa_serial = \(Self.device)
            region = \(world.region)
            [profile base]
            \(keys.joined(separator: "\n"))
            """,
            to: ".aws/config"
        )
        try folder.write(
            """
            version: 1
            owner: prod
            directory: { file: { path: people.yaml } }
            targets:
              - { name: shop, tagged: { sso-sync: shop }, region: \(world.region), user: p, groups: { dba: [dba] } }
            """,
            to: "sso-sync.yaml"
        )
        let command =
            ["env", "-i", "-C", folder.path, "PATH=/usr/bin:/bin"] + variables.map { "\($0)=\($1)" }
            + [Tool.path, "token", "shop/till", "--user", "ann"]
        let outcome = try await blocking {
            try ChildProcess.runBlocking(["python3", "-c", Self.script, answers] + command)
        }
        return (outcome, try await world.calls().count { $0.operation == "AssumeRole" })
    }

    @Test func `the code is asked for at the terminal, once for all that is done, and again if it has not six digits`()
        async throws
    {
        let (outcome, roles) = try await run("12345,12345a,123 456")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.hasPrefix("localhost:1/?"), "\(outcome)")
        #expect(outcome.errors.components(separatedBy: "Code of \(Self.device): ").count == 4, "\(outcome)")
        #expect(outcome.errors.components(separatedBy: "A code has six digits.").count == 3, "\(outcome)")
        #expect(roles == 1)
    }

    @Test func `nobody mistypes for ever`() async throws {
        let (outcome, roles) = try await run("1,2,3,123456")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("asks for the code of \(Self.device), and none was given"), "\(outcome)")
        #expect(roles == 0)
    }

    @Test func `without a terminal it says what to do`() async throws {
        let (outcome, roles) = try await run("nobody")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("there is no terminal to ask on: run it at one, or give AWS_ACCESS_KEY_ID"))
        #expect(roles == 0)
    }

    @Test func `a code is six digits of ASCII`() async throws {
        let lines = Locked(["１２３４５６", " 000001\r\n"])
        let prompt = SecondFactorPrompt { _ in lines.withLock { $0.removeFirst() } }
        #expect(try await prompt.code("device") == "000001")
    }
}
