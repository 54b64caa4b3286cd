// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import Testing

/// The published schema and the program say yes and no to the same documents.
struct SchemaTests {
    /// A document in JSON whose directory is an identity store with these members.
    private static func identityCenter(_ members: String) -> String {
        Sample.json().replacing(#""file": {"path": "people.yaml"}"#, with: #""identityCenter": {\#(members)}"#)
    }

    /// A document in JSON with one notifier.
    private static func notify(_ notifier: String) -> String { Sample.json(#", "notify": [\#(notifier)]"#) }

    private static let topic = "arn:aws:sns:eu-west-1:111111111111:sso-sync"

    /// A document in JSON whose directory is a snapshot with these members, and the key and the directory that it needs.
    private static func snapshot(_ members: String, key: String = #""publicKey": "key.pem""#) -> String {
        identityCenter(#"\#(members), \#(key), "directoryId": "d-1234567890""#)
            .replacing("identityCenter", with: "snapshot")
    }

    private static let s3 = #""s3": "s3://a-bucket/some where/s.json""#
    private static let digest = String(repeating: "0aF", count: 22).prefix(64)

    private static let role = #""roleArn": "arn:aws-cn:iam::111111111111:role/a/b""#

    /// A document in JSON whose target is looked up, and has further members.
    private static func lookedUp(_ members: String) -> String {
        Sample.json(targets: #"{"name": "orders", "user": "p", "groups": ["dba"], \#(members)}"#)
    }

    static let good = [
        lookedUp(#""cluster": "database-1""#), lookedUp(#""instance": "db1", "region": "eu-west-1""#),
        lookedUp(#""cluster": "a", \#(role), "externalId": "x", "login": {"passwordFile": "p"}"#),
        lookedUp(#""tagged": {"env": "prod", "a b": "c"}, "region": "eu-west-1", \#(role)"#),
        lookedUp(#""tagged": {"env": "prod"}, "login": {"passwordFile": "p"}, "database": "d""#),
        lookedUp(#""cluster": "a", "database": "d""#), lookedUp(#""cluster": "a", "accountHost": "%""#),
        lookedUp(#""cluster": "\#(String(repeating: "a", count: 63))""#),
        Sample.json(target: role),
        identityCenter(""), identityCenter(#""region": "eu-west-1", "identityStoreId": "d-12345abcde""#),
        identityCenter(#""identityStoreId": "c4b8d4f8-1031-70a2-1111-0123456789ab", "requestsPerSecond": 20"#),
        identityCenter(role), identityCenter(role + #", "externalId": "x""#),
        snapshot(#""path": "s.json""#), snapshot(#""path": "s.json", "maxAge": "90m", "memory": "seen.json""#),
        snapshot(s3), snapshot(s3 + #", "versionId": "3/L4", "region": "eu-west-1", "maxAge": "1d", \#(role)"#),
        snapshot(s3, key: #""publicKeySHA256": "\#(digest)""#), snapshot(s3, key: #""publicKey": ["a"]"#),
        snapshot(s3, key: #""publicKey": ["a", "b"]"#),
        snapshot(s3, key: #""publicKeySHA256": ["\#(digest)", "\#(digest.reversed().map(String.init).joined())"]"#),
        Sample.json(),
        Sample.json(
            target: #""mode": "enforce", "port": 1, "readers": [{"host": "r"}], "database": "d", "region": "eu-west-1""#
        ),
        Sample.json(target: #""login": {"passwordFile": "p"}, "tls": {"ca": "c"}, "protect": ["a*"], "ignore": ["*"]"#),
        Sample.json(target: #""login": {"passwordVariable": "P_1"}, "leavers": {"quarantine": "0d", "then": "keep"}"#),
        Sample.json(target: #""groups": {"a b": ["r"], "B": {"id": "1", "roles": ["r", "s"]}}"#),
        Sample.json(
            target: #"""
                "groups": {"B": {"id": "1", "roles": ["pg_monitor"]}},
                "allowPrivileged": [{"role": "pg_monitor", "group": "B", "maxMembers": 2}]
                """#
        ),
        Sample.json(target: #""brake": {"removals": 0, "percent": 100, "joins": 1}"#),
        Sample.json(#", "accountName": "email", "brake": {}, "notify": [{"log": {}}, {"log": null}]"#),
        notify(#"{"sns": {"topicArn": "arn:aws-cn:sns:cn-north-1:111111111111:a.fifo"}}"#),
        notify(#"{"sns": {"topicArn": "\#(topic)"}, "on": ["failure", "changes"], "detail": "names"}"#),
        notify(#"{"eventBridge": {"bus": "default", "region": "eu-west-1"}, "detail": "counts"}"#),
        notify(#"{"eventBridge": {"bus": "arn:aws:events:eu-west-1:111111111111:event-bus/a"}, "on": ["recovered"]}"#),
        notify(#"{"webhook": {"url": "https://a.example.com/x?y=z", "secretFile": "s", "tls": {"ca": "c"}}}"#),
        notify(#"{"webhook": {"urlVariable": "URL", "secretVariable": "S"}, "on": ["brake"]}"#),
        notify(#"{"webhook": {"urlFile": "url"}}"#), notify(#"{"webhook": {"url": "http://localhost:8080/"}}"#),
        Sample.json(#", "notify": [], "notifyMemory": "told.json", "targetMemory": "rest.json""#),
        Sample.json(#", "reports": {"s3": "s3://a-bucket/reports/prod/"}"#),
        Sample.json(#", "reports": {"s3": "s3://a-bucket/", "region": "eu-west-1"}"#),
        Sample.json(#", "reports": {"s3": "s3://a-bucket/r/", "objectLock": {"mode": "compliance", "days": 365}}"#),
        Sample.json(#", "rollout": {"ring": 2, "freeze": "joins"}"#), Sample.json(#", "rollout": {}"#),
        Sample.json(#", "rollout": {"freeze": "everything"}"#), Sample.json(target: #""ring": 0"#),
        Sample.json(target: #""engine": "mysql""#),
        Sample.json(target: #""engine": "mysql", "port": 3307, "readers": [{"host": "r"}], "accountHost": "10.0.%""#),
        Sample.json(target: #""engine": "mysql", "accountHost": "\#(String(repeating: "a", count: 255))""#),
    ]

    private static let bad =
        [
            lookedUp(#""cluster": "a", "engine": "mysql""#), lookedUp(#""instance": "a", "port": 1"#),
            lookedUp(#""cluster": "a", "readers": []"#), lookedUp(#""cluster": "a", "instance": "a""#),
            lookedUp(#""cluster": "a", "host": "h""#), lookedUp(#""cluster": "1a""#), lookedUp(#""cluster": "a-""#),
            lookedUp(#""cluster": "a--b""#), lookedUp(#""instance": "a.b""#), lookedUp(#""cluster": "a_b""#),
            lookedUp(#""cluster": "\#(String(repeating: "a", count: 64))""#), lookedUp(#""cluster": """#),
            lookedUp(#""tagged": {}"#), lookedUp(#""tagged": {"a": ""}"#), lookedUp(#""tagged": {"a": 1}"#),
            lookedUp(#""tagged": {"a": "b"}, "cluster": "a""#), lookedUp(#""tagged": {"a": "b"}, "engine": "mysql""#),
            lookedUp(#""tagged": {"a": "b"}, "instance": "a""#), lookedUp(#""tagged": ["a"]"#),
            Sample.json(target: #""tagged": {"a": "b"}"#),
            lookedUp(#""cluster": "a", "externalId": "x""#), lookedUp(#""cluster": "a", "roleArn": "role""#),
            lookedUp(#""region": "eu-west-1""#), Sample.json(target: #""externalId": "x""#),
            Sample.json(target: role + #", "login": {"passwordFile": "p"}"#),
            identityCenter(#""region": "EU""#), identityCenter(#""identityStoreId": "d-1""#),
            identityCenter(#""identityStoreId": "d-12345ABCDE""#), identityCenter(#""externalId": "x""#),
            identityCenter(#""roleArn": "arn:aws:iam::1:role/a""#),
            identityCenter(#""roleArn": "arn:aws:iam::111111111111:user/a""#),
            identityCenter(#""requestsPerSecond": 0"#), identityCenter(#""requestsPerSecond": "5""#),
            identityCenter(#""store": "d""#),
            Sample.json().replacing(#""file""#, with: #""identityCenter": {}, "file""#),
            snapshot(#""memory": "seen.json""#), snapshot(#""path": "s.json", \#(s3)"#),
            snapshot(#""path": "s.json", "region": "eu-west-1""#), snapshot(s3, key: #""maxAge": "1h""#),
            snapshot(s3, key: #""publicKey": "a", "publicKeySHA256": "\#(digest)""#),
            snapshot(s3, key: #""publicKey": []"#), snapshot(s3, key: #""publicKey": ["a", "b", "c"]"#),
            snapshot(s3, key: #""publicKey": ["a", ""]"#),
            snapshot(s3, key: #""publicKeySHA256": ["\#(digest)", "a"]"#),
            snapshot(s3, key: #""publicKeySHA256": "\#(digest.dropLast())""#), snapshot(#""s3": "a-bucket/s.json""#),
            snapshot(#""s3": "s3://A-Bucket/s.json""#), snapshot(#""s3": "s3://a-bucket/""#),
            snapshot(s3 + #", "maxAge": "00m""#), snapshot(s3 + #", "maxAge": "60s""#),
            snapshot(s3).replacing("directoryId", with: "id"), snapshot(s3).replacing("d-1234567890", with: "d 1"),
            "{}", "[]", Sample.json(targets: ""), Sample.json(#", "other": 1"#),
            Sample.json(#", "accountName": "name""#),
            Sample.json(#", "notify": [{}]"#), Sample.json(#", "notify": [{"sns": {}}]"#),
            Sample.json(#", "notify": [{"log": {"a": 1}}]"#), Sample.json(#", "notifyMemory": """#),
            Sample.json(#", "targetMemory": """#),
            notify(#"{"log": {}, "on": ["failure"]}"#), notify(#"{"log": {}, "sns": {"topicArn": "\#(topic)"}}"#),
            notify(#"{"sns": {"topicArn": "a"}}"#), notify(#"{"sns": {"topicArn": "\#(topic)"}, "on": []}"#),
            notify(#"{"sns": {"topicArn": "arn:aws:sqs:eu-west-1:111111111111:a"}}"#),
            notify(#"{"sns": {"topicArn": "\#(topic)"}, "on": ["all"]}"#),
            notify(#"{"sns": {"topicArn": "\#(topic)"}, "detail": "all"}"#), notify(#"{"eventBridge": {}}"#),
            notify(#"{"eventBridge": {"bus": "a b"}}"#), notify(#"{"eventBridge": {"bus": "a", "region": "EU"}}"#),
            notify(#"{"webhook": {}}"#), notify(#"{"webhook": {"url": "http://a.example.com/"}}"#),
            notify(#"{"webhook": {"urlFile": "a", "urlVariable": "B"}}"#),
            notify(#"{"webhook": {"urlFile": "a", "secretFile": "a", "secretVariable": "B"}}"#),
            notify(#"{"webhook": {"urlFile": "a", "secretVariable": "1"}}"#),
            notify(#"{"webhook": {"urlFile": "a", "tls": {}}}"#), notify(#"{"webhook": {"url": ""}}"#),
            Sample.json(#", "brake": {"percent": 101}"#), Sample.json(#", "brake": {"joins": -1}"#),
            Sample.json(#", "brake": []"#), Sample.json(#", "rollout": {"ring": -1}"#),
            Sample.json(#", "rollout": {"ring": "1"}"#), Sample.json(#", "rollout": {"ring": 1.5}"#),
            Sample.json(#", "rollout": {"ring": null}"#), Sample.json(#", "rollout": {"ring": 1000001}"#),
            Sample.json(#", "rollout": {"freeze": "all"}"#), Sample.json(#", "rollout": {"freeze": null}"#),
            Sample.json(#", "rollout": {"freeze": true}"#), Sample.json(#", "rollout": {"rings": 1}"#),
            Sample.json(#", "rollout": "joins""#),
            Sample.json(#", "reports": {}"#), Sample.json(#", "reports": {"s3": "s3://a-bucket/report"}"#),
            Sample.json(#", "reports": {"s3": "s3://a-bucket"}"#), Sample.json(#", "reports": {"s3": "a-bucket/r/"}"#),
            Sample.json(#", "reports": {"s3": "s3://a-bucket/\#(String(repeating: "r", count: 201))/"}"#),
            Sample.json(#", "reports": {"s3": "s3://a-bucket/r/", "objectLock": {"mode": "governance"}}"#),
            Sample.json(#", "reports": {"s3": "s3://a-bucket/r/", "objectLock": {"mode": "none", "days": 1}}"#),
            Sample.json(#", "reports": {"s3": "s3://a-bucket/r/", "objectLock": {"mode": "governance", "days": 0}}"#),
            Sample.json(#", "reports": {"s3": "s3://a-bucket/r/", "region": "EU"}"#),
            Sample.json().replacing("\"version\": 1", with: "\"version\": 2"),
            Sample.json().replacing("prod", with: "p d"),
            Sample.json().replacing("\"file\": {\"path\": \"people.yaml\"}", with: ""),
            Sample.json().replacing("\"file\"", with: "\"snapshot\""), Sample.json().replacing("people.yaml", with: ""),
            Sample.json(targets: #"{"name": "a", "engine": "postgres", "user": "u", "groups": ["a"]}"#),
        ]
        + [
            #""name": "a b""#, #""mode": "all""#, #""ring": -1"#, #""ring": "0""#, #""ring": null"#,
            #""engine": "oracle""#, #""engine": "MySQL""#,
            #""accountHost": "%""#, #""engine": "mysql", "database": "d""#, #""engine": "mysql", "accountHost": """#,
            #""engine": "mysql", "accountHost": "a'b""#, #""engine": "mysql", "accountHost": "a\u0000b""#,
            #""engine": "mysql", "accountHost": "\#(String(repeating: "a", count: 256))""#,
            #""engine": "mysql", "accountHost": null"#, #""host": "http://x""#, #""host": 1"#,
            #""port": 65536"#, #""port": "1""#,
            #""port": 1.5"#, #""readers": [{}]"#, #""readers": [{"host": "r", "x": 1}]"#, #""database": """#,
            #""region": "EU""#, #""user": null"#,
            #""login": {}"#, #""login": {"passwordFile": "a", "passwordVariable": "B"}"#,
            #""login": {"passwordVariable": "1x"}"#,
            #""login": {"password": "x"}"#, #""tls": {}"#, #""tls": {"ca": 1}"#, #""groups": []"#, #""groups": {}"#,
            #""groups": {"": ["r"]}"#,
            #""groups": ["a", "a"]"#, #""groups": {"a": []}"#, #""groups": {"a": ["r", "r"]}"#,
            #""groups": {"a": {"id": "1"}}"#, #""groups": {"a": "r"}"#,
            #""leavers": {"quarantine": "30"}"#, #""leavers": {"quarantine": 30}"#, #""leavers": {"then": "burn"}"#,
            #""protect": ["a?"]"#,
            #""protect": [""]"#, #""ignore": "a""#, #""allowPrivileged": [{"role": "a"}]"#,
            #""brake": {"removals": true}"#, #""cluster": "c""#,
        ].map { Sample.json(target: $0) }

    private func validator() throws -> SchemaValidator { try SchemaValidator(ConfigurationSchema.text) }

    @Test(arguments: good + HubSamples.good)
    func `both take a document that is right`(text: String) throws {
        #expect(try Sample.problems(text, file: "c.json") == [])
        #expect(try validator().accepts(text))
    }

    @Test(arguments: bad + HubSamples.bad)
    func `both refuse a document that is wrong`(text: String) throws {
        #expect(try Sample.problems(text, file: "c.json") != [])
        #expect(try !validator().accepts(text))
    }

    @Test(.enabled(if: Python.hasJSONSchema, "python3 has no module jsonschema"))
    func `another implementation of JSON Schema comes to the same`() throws {
        let (good, bad) = (Self.good + HubSamples.good, Self.bad + HubSamples.bad)
        let verdicts = try Python.validate(good + bad, schema: ConfigurationSchema.text)
        #expect(verdicts == good.map { _ in true } + bad.map { _ in false })
    }
}
