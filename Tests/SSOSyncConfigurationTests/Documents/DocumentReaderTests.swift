// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncTestSupport
import SSOSyncYAML
import Testing

/// How files are read, and JSON in particular.
struct DocumentReaderTests {
    private func problem(_ path: String, _ reader: DocumentReader = Sample.documents, limit: Int = 1_024) -> String? {
        do {
            _ = try reader.document(at: path, limit: limit)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a file that is missing, a folder, or too large is told in a few words`() throws {
        let folder = try TemporaryFolder()
        let large = try folder.write(String(repeating: "a: 1\n", count: 1_000), to: "large.yaml")
        #expect(problem("\(folder.path)/none.yaml") == "\(folder.path)/none.yaml: does not exist")
        #expect(problem(folder.path) == "\(folder.path): is a folder")
        #expect(problem(large) == "\(large): is larger than 1024 bytes")
    }

    @Test func `a file without an end is not read to its end`() {
        #expect(problem("/dev/zero", limit: 1 << 20) == "/dev/zero: is larger than 1 MiB")
    }

    @Test func `the name of a file tells its format`() throws {
        let folder = try TemporaryFolder()
        #expect(problem(try folder.write("a: 1", to: "a.yml")) == nil)
        #expect(problem(try folder.write("a: 1", to: "a.JSON"))?.contains("is not JSON") == true)
        #expect(problem(try folder.write("a: 1", to: "a")) == nil)
        #expect(problem(try folder.write(" {\"a\": \"\\ud83d\\ude00\"}", to: "b")) == nil)
    }

    @Test func `a program without YAML says so`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a: 1", to: "a.yaml")
        #expect(problem(file, DocumentReader()) == "\(file): is YAML, and this program reads JSON only")
    }

    @Test(arguments: [
        ("{\"a\": 1,\n \"b\" 2}", "c.json:2: is not JSON: expected a colon after the key"),
        ("{\"a\": 1\n", "c.json:2: is not JSON: expected a comma or }"),
        ("[1,\n2 3]", "c.json:2: is not JSON: expected a comma or ]"),
        ("{\n'a': 1}", "c.json:2: is not JSON: expected a key in quotation marks"),
        ("{\n\"a\": 01}", "c.json:2: is not JSON: expected a value"),
        ("{}\n}", "c.json:2: is not JSON: expected nothing more"),
        ("[", "c.json:1: is not JSON: expected a value, and the text ends"),
        (
            "{\"a\":\n \"b\nc\"}",
            "c.json:2: is not JSON: expected a quotation mark at the end of the text that begins here"
        ),
        ("{\"a\": 1,\n}", "c.json:2: is not JSON: expected a key in quotation marks"),
        ("[1,\n]", "c.json:2: is not JSON: expected a value"),
        ("{\"a\": 1} // why", "c.json:1: is not JSON: expected nothing more"),
        ("{\"a\": /* why */ 1}", "c.json:1: is not JSON: expected a value"),
        ("# why\n{}", "c.json:1: is not JSON: expected a value"),
        ("{,}", "c.json:1: is not JSON: expected a key in quotation marks"),
        ("[1,,2]", "c.json:1: is not JSON: expected a value"),
        ("[+1]", "c.json:1: is not JSON: expected a value"),
        ("[.5]", "c.json:1: is not JSON: expected a value"),
        ("[5.]", "c.json:1: is not JSON: expected a value"),
        ("[0x10]", "c.json:1: is not JSON: expected a value"),
        ("[NaN]", "c.json:1: is not JSON: expected a value"),
        ("[True]", "c.json:1: is not JSON: expected a value"),
        ("[1]\u{0}", "c.json:1: is not JSON: expected nothing more"),
        ("[\u{A0}1]", "c.json:1: is not JSON: expected a value"),
        ("[\n1e400]", "c.json:2: is not JSON: expected a number that a computer can hold"),
        (
            #"["\ud800\u0041"]"#,
            #"c.json:1: is not JSON: expected a character behind each backslash, such as \n or \u00e9"#
        ),
        ("[\"a\tb\"]", "c.json:1: is not JSON: expected a quotation mark at the end of the text that begins here"),
        ("{\"a\": hunter2}", "c.json:1: is not JSON: expected a value"),
    ])
    func `broken JSON is told with its line and without its text`(text: String, problem: String) throws {
        #expect(try Sample.problems(text, file: "c.json") == [problem])
    }

    @Test(arguments: [
        #"\x41"#, #"\ud800"#, #"\ud800\u0041"#, #"\ud800a"#, #"\udc00"#, #"\u00g0"#, #"\u12"#, "\\\n", "\\\u{e9}",
    ])
    func `what JSON does not know behind a backslash is refused`(escape: String) throws {
        let problem = #"c.json:1: is not JSON: expected a character behind each backslash, such as \n or \u00e9"#
        #expect(try Sample.problems("[\"\(escape)\"]", file: "c.json") == [problem])
    }

    @Test func `endless nesting of JSON does not overflow the stack`() throws {
        #expect(try Sample.problems(String(repeating: "[", count: 100_000), file: "c.json").count == 1)
        #expect(try Sample.problems(String(repeating: "{\"a\":", count: 100_000), file: "c.json").count == 1)
    }

    @Test func `a key that stands twice in JSON is found, however it is spelled`() throws {
        let text = Sample.json(target: "\"groups\": {\"DBA\": [\"a\"],\n \"D\\u0042A\": [\"b\"]}")
        #expect(try Sample.problems(text, file: "c.json") == [#"c.json:2: the key "DBA" stands twice in one mapping"#])
    }

    @Test func `equal keys of different mappings, and texts that look like keys, are fine`() throws {
        let text = #"{"a": {"a": ["a", "a", {"a": "\"a\": \\"}], "b": "{"}, "b": [{"a": 1}, {"a": 1}], "c": []}"#
        _ = try Sample.documents.document(Array(text.utf8), file: "c.json")
    }

    @Test(arguments: [
        (#""port": "5432""#, "targets[0].port: expected a port from 1 to 65535, found text"),
        (#""port": 54.5"#, "targets[0].port: expected a port from 1 to 65535, found 54.5"),
        (#""port": true"#, "targets[0].port: expected a port from 1 to 65535, found true"),
        (#""database": 1"#, "targets[0].database: expected a database's name, found a number: put it into quotes"),
        (#""database": null"#, "targets[0].database: expected a database's name, found nothing"),
        (#""database": """#, "targets[0].database: expected a database's name, found an empty text"),
    ])
    func `types are told apart in JSON`(members: String, problem: String) throws {
        #expect(try Sample.problems(Sample.json(target: members), file: "c.json") == ["c.json: \(problem)"])
    }
}
