// SPDX-License-Identifier: Apache-2.0

/// Documents of hubs, for the schema and the program to judge.
enum HubSamples {
    /// A document with these members of a hub.
    static func hub(_ members: String, directory: String = #"{"identityCenter": {}}"#, _ more: String = "") -> String {
        #"{"version": 1, "owner": "prod", "directory": \#(directory), "hub": {\#(members)}\#(more)}"#
    }

    /// A document with these spokes.
    static func spokes(_ spokes: String...) -> String {
        hub(#"\#(start), "spokes": [\#(spokes.map { "{\($0)}" }.joined(separator: ", "))]"#)
    }

    private static let start = #""key": "alias/sso-sync", "snapshots": [{"s3": "s3://a-bucket/prod.json"}]"#
    private static let queue = #""queueUrl": "https://sqs.eu-west-1.amazonaws.com/111111111111/eu""#
    private static let names = #""targets": ["orders"], "groups": ["DBA"]"#
    private static let spoke = #""name": "eu", \#(queue), \#(names)"#
    private static let whole = #"\#(start), "spokes": [{\#(spoke)}]"#

    static let good = [
        hub(whole), hub(whole, directory: #"{"file": {"path": "people.json"}}"#),
        hub(whole, #", "accountName": "email", "notify": [{"log": {}}], "notifyMemory": "told.json""#),
        spokes(
            #""name": "eu", \#(queue), "region": "eu-west-1", "targets": ["a", "b"], "groups": {"A": null, "B": "1"}"#
        ),
        spokes(#""name": "eu", "queueUrl": "http://127.0.0.1:9/1/q", "region": "eu-west-1", \#(names)"#),
        spokes(spoke, spoke.replacing("eu\"", with: "us\"")),
        spokes(spoke.replacing("\"name\": \"eu\"", with: "\"name\": \"202\"")),
        spokes(spoke.replacing("\"name\": \"eu\"", with: "\"name\": \"20260\"")),
        spokes(spoke.replacing("\"name\": \"eu\"", with: "\"name\": \"v026\"")),
        hub(whole.replacing("prod.json\"", with: "prod.json\", \"region\": \"eu-west-1\"")),
        hub(whole, #", "rollout": {"freeze": "joins"}"#), hub(whole, #", "rollout": {}"#),
        hub(whole, #", "reports": {"s3": "s3://a-bucket/r/"}"#),
    ]

    static let bad = [
        hub(""), hub(start), hub(whole.replacing("\"key\": \"alias/sso-sync\", ", with: "")),
        hub(whole, #", "targets": []"#), hub(whole, #", "brake": {}"#), hub(whole, #", "targetMemory": "rest.json""#),
        hub(whole, #", "rollout": {"ring": 0}"#),
        hub(whole, directory: #"{"snapshot": {"path": "s", "publicKey": "k", "directoryId": "d-1234567890"}}"#),
        hub(whole.replacing(#"[{"s3": "s3://a-bucket/prod.json"}]"#, with: "[]")), hub(#"\#(start), "spokes": []"#),
        hub(whole.replacing("s3://a-bucket/", with: "a-bucket/")), hub(whole.replacing("\"s3\":", with: "\"path\":")),
        spokes(spoke.replacing("\"name\": \"eu\"", with: "\"name\": \"e u\"")),
        spokes(spoke.replacing("\"name\": \"eu\"", with: "\"name\": \"2026\"")),
        spokes(spoke.replacing("https://", with: "http://")),
        spokes(spoke.replacing(queue, with: #""region": "eu-west-1""#)),
        spokes(spoke.replacing(#"["orders"]"#, with: "[]")),
        spokes(spoke.replacing(#"["orders"]"#, with: #"["a", "a"]"#)),
        spokes(spoke.replacing(#"["DBA"]"#, with: "[]")), spokes(spoke.replacing(#"["DBA"]"#, with: "{}")),
        spokes(spoke.replacing(#"["DBA"]"#, with: #"["DBA", "DBA"]"#)),
        spokes(spoke.replacing(#"["DBA"]"#, with: #"{"": null}"#)),
        spokes(spoke.replacing(#"["DBA"]"#, with: #"{"A": 1}"#)),
        spokes(spoke.replacing(#"["DBA"]"#, with: #"{"A": {"id": "1"}}"#)), spokes(#"\#(spoke), "colour": 1"#),
    ]
}
