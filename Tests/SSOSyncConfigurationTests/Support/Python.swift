// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncTestSupport

/// Asks Python's jsonschema, where there is one.
enum Python {
    static let hasJSONSchema = (try? run("import jsonschema", input: "").status) == 0

    static func validate(_ documents: [String], schema: String) throws -> [Bool] {
        let script = """
            import json, sys, jsonschema
            data = json.load(sys.stdin)
            schema = json.loads(data["schema"])
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            print("".join("1" if validator.is_valid(json.loads(d)) else "0" for d in data["documents"]))
            """
        let input = try JSONSerialization.data(withJSONObject: ["schema": schema, "documents": documents])
        let output = try run(script, input: String(decoding: input, as: UTF8.self)).output
        return output.filter { "01".contains($0) }.map { $0 == "1" }
    }

    private static func run(_ script: String, input: String) throws -> ChildProcess.Outcome {
        try ChildProcess.runBlocking(["python3", "-c", script], input: input)
    }
}
