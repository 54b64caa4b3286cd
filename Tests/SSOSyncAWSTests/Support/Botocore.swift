// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport

/// botocore, AWS's own library, in whichever Python has it: the AWS command line brings it along.
enum Botocore {
    private static let python = Result { try find() }

    /// Runs a script that reads JSON from its standard input and writes JSON to its standard output.
    static func run<Output: Decodable & Sendable>(
        _ script: String,
        _ input: some Encodable,
        returning output: Output.Type = Output.self
    ) async throws -> Output {
        let text = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
        let outcome = try await blocking { try ChildProcess.runBlocking([python.get(), "-c", script], input: text) }
        guard outcome.status == 0 else { throw ChildProcess.Failure(description: "botocore: \(outcome.errors)") }
        return try JSONDecoder().decode(output, from: Data(outcome.output.utf8))
    }

    private static func find() throws -> String {
        for candidate in ["python3", "/usr/bin/python3", "/usr/local/bin/python3"] {
            let outcome = try? ChildProcess.runBlocking([candidate, "-c", "import botocore.session"])
            if outcome?.status == 0 { return candidate }
        }
        throw ChildProcess.Failure(description: "no Python here has botocore: run dev/setup, which installs awscli")
    }
}
