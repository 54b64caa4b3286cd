// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncConfiguration
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

/// What is rendered is the same configuration, by the reader that the function has.
struct RenderedConfigurationTests {
    private func render(_ text: String, _ file: String) throws -> RenderedConfiguration {
        let folder = try TemporaryFolder()
        try folder.write(text, to: file)
        return try RenderedConfiguration(path: "\(folder.path)/\(file)", documents: Sample.documents)
    }

    /// A document in JSON is one in YAML, too; without quotes where YAML needs none.
    private func plain(_ json: String) -> String {
        json.replacing(/"([A-Za-z][A-Za-z0-9_-]*)"/) { String($0.1) }
    }

    private static let webhook = #""webhook": {"url""#

    @Test(arguments: (SchemaTests.good + HubSamples.good).filter { !$0.contains(webhook) })
    func `it is the same configuration, and rendered once more the same text`(json: String) throws {
        let here = "sso-sync.json"
        for (text, file) in [(json, here), (json, "sso-sync.yaml"), (plain(json), "sso-sync.yaml")] {
            let rendered = try render(text, file)
            // The function's reader knows JSON alone.
            let read = try ConfigurationFile(
                DocumentReader().document(Array(rendered.text.utf8), file: here),
                path: here
            )
            #expect(try read == Sample.configuration(json, file: here))
            #expect(try render(rendered.text, here) == rendered)
            #expect(rendered.checksum == SHA256.digest(Array(rendered.text.utf8)).hexadecimal)
        }
    }

    @Test func `words are what they were read as, whatever they look like`() throws {
        let text = """
            version: 1 # ours
            owner: prod
            directory: { file: { path: people.yaml, id: 0123 } }
            targets:
              - name: port
                engine: postgres
                host: db
                port: 6432
                user: true
                groups: { port: { id: 9067, roles: [1e3, yes] }, "null": ["null"] }
              - { name: s, tagged: { port: 5, days: 1 }, region: eu-west-1, user: p, groups: [7] }
            notify: [{ log: }]
            """
        let rendered = try render(text, "sso-sync.yaml")
        #expect(
            rendered.text == """
                {
                  "version": 1,
                  "owner": "prod",
                  "directory": {
                    "file": {
                      "path": "people.yaml",
                      "id": "0123"
                    }
                  },
                  "targets": [
                    {
                      "name": "port",
                      "engine": "postgres",
                      "host": "db",
                      "port": 6432,
                      "user": "true",
                      "groups": {
                        "port": {
                          "id": "9067",
                          "roles": ["1e3", "yes"]
                        },
                        "null": ["null"]
                      }
                    },
                    {
                      "name": "s",
                      "tagged": {
                        "port": "5",
                        "days": "1"
                      },
                      "region": "eu-west-1",
                      "user": "p",
                      "groups": ["7"]
                    }
                  ],
                  "notify": [
                    {
                      "log": null
                    }
                  ]
                }

                """
        )
    }

    @Test func `a webhook's address is not rendered, nor told`() throws {
        let hook = #", "notify": [{"log": {}}, {"webhook": {"url": "https://a.example.com/s3cr3t"}}]"#
        let error = #expect(throws: ConfigurationError.self) { try render(Sample.json(hook), "c.json") }
        let problem =
            "notify[1].webhook.url: may be a secret, and secrets are not rendered: give urlFile, with the file in the zip"
        #expect(error?.description.contains(problem) == true, "\(error as Any)")
        #expect(error?.description.contains("s3cr3t") == false)
    }

    @Test func `variables, which the templates set none of, are told with what to give instead`() throws {
        let lines = """
                groups: [dba]
                login: { passwordVariable: PGPASSWORD }
            notify:
              - webhook: { urlFile: hook }
              - webhook: { urlVariable: HOOK, secretVariable: SECRET }
            """
        let told = "the templates set no such variable for the function: give"
        #expect(
            try render(Sample.yaml(lines), "c.yaml").remarks == [
                "targets[0].login.passwordVariable: \(told) passwordFile, with the file in the zip",
                "notify[1].webhook.urlVariable: \(told) urlFile, with the file in the zip",
                "notify[1].webhook.secretVariable: \(told) secretFile, with the file in the zip",
            ]
        )
        #expect(try render(Sample.yaml("    groups: [dba]"), "c.yaml").remarks == [])
    }

    @Test(arguments: [Sample.json(), HubSamples.good[1]])
    func `a store that would have to be found is told, as the function may not ask which there are`(json: String) throws
    {
        let configuration = { (center: String) in
            json.replacing(/"file": \{[^}]*\}/, with: #""identityCenter": \#(center)"#)
        }
        #expect(
            try render(configuration(#"{"region": "eu-west-1"}"#), "c.json").remarks == [
                "directory.identityCenter.identityStoreId: the templates do not let the function find the store: "
                    + "give its id, which aws sso-admin list-instances says"
            ]
        )
        let whole = configuration(#"{"region": "eu-west-1", "identityStoreId": "d-1234567890"}"#)
        #expect(try render(whole, "c.json").remarks == [])
    }

    @Test func `what the function refuses, and files that it cannot write, are told`() throws {
        let tagged = #"{"name": "shop", "tagged": {"env": "prod"}, "user": "p", "groups": ["dba"]}"#
        let others = #", "notifyMemory": "told.json", "targetMemory": "/tmp/rest.json""#
        let file = "the function can write below /tmp only, where a file lasts as long as the process"
        let told = "notifyMemory: \(file): give one there, or leave it out"
        #expect(
            try render(Sample.json(targets: "\(Sample.target), \(tagged)", others), "c.json").remarks == [
                "targets[1].tagged: the function does not look for tags yet, and refuses this: give shop by cluster or instance",
                told,
                "targetMemory: the function's processes share no file, and it refuses this: leave it out",
            ]
        )
        func snapshot(_ memory: String, _ notifyMemory: String) throws -> [String] {
            let hash = String(repeating: "0", count: 64)
            let snapshot =
                #""snapshot": {"path": "s", "publicKeySHA256": "\#(hash)", "directoryId": "d", "memory": "\#(memory)"}"#
            let text = Sample.json(#", "notifyMemory": "\#(notifyMemory)""#)
                .replacing(#""file": {"path": "people.yaml"}"#, with: snapshot)
            return try render(text, "c.json").remarks
        }
        let seen = "directory.snapshot.memory: \(file): give one there, or leave it out"
        #expect(try snapshot("/var/seen.json", "tmp/told.json") == [told, seen])
        #expect(try snapshot("/tmp/seen.json", "/tmp/told.json") == [])
    }

    @Test(arguments: ["prod", "p", "9-_", String(repeating: "a", count: 24)])
    func `an owner that the templates take has no remark`(owner: String) throws {
        #expect(try render(Sample.json().replacing("prod", with: owner), "c.json").remarks == [])
    }

    @Test(arguments: ["my.team", "-prod", "_prod", String(repeating: "a", count: 25)])
    func `an owner that they do not take has one`(owner: String) throws {
        let remarks = try render(Sample.json().replacing("prod", with: owner), "c.json").remarks
        #expect(remarks.count == 1 && remarks[0].hasPrefix("owner: the templates take 1 to 24 letters, digits, "))
    }

    @Test func `what is wrong is told as ever`() throws {
        let error = #expect(throws: ConfigurationError.self) { try render(Sample.yaml("    group: [dba]"), "c.yaml") }
        #expect(error?.description.contains("unknown key") == true, "\(error as Any)")
    }
}
