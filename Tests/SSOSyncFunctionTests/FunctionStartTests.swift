// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@Suite("A function starts, or says why not", .timeLimit(.minutes(5)))
struct FunctionStartTests {
    private let empty = LambdaControlPlane.Invocation(#"{"Records": []}"#)
    private let hash = SHA256.digest(Array(FunctionFolder.configuration.utf8)).hexadecimal

    @Test func `with the right hash, in whichever letters, it starts`() async throws {
        for hash in [hash, hash.uppercased()] {
            let report = try await FunctionFolder().play([empty], environment: ["SSOSYNC_CONFIGURATION_SHA256": hash])
            #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()])
        }
    }

    @Test func `what was rendered is read, with the hash that was told`() async throws {
        let folder = try FunctionFolder()
        let written = "\(folder.folder.path)/sso-sync.json"
        let rendered = try RenderedConfiguration(path: written, documents: DocumentReader())
        #expect(rendered.text != FunctionFolder.configuration)
        let report = try await FunctionFolder(rendered.text).play(
            [empty],
            environment: ["SSOSYNC_CONFIGURATION_SHA256": rendered.checksum]
        )
        #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()])
    }

    @Test func `another hash is told with the one that was found`() async throws {
        let other = String(repeating: "0", count: 64)
        let message = try await FunctionFolder().initError(environment: ["SSOSYNC_CONFIGURATION_SHA256": other])
        #expect(message.contains("has the SHA-256 \(hash), and SSOSYNC_CONFIGURATION_SHA256 is \(other)"))
    }

    @Test func `a role that there is not is told`() async throws {
        let message = try await FunctionFolder().initError(environment: ["SSOSYNC_ROLE": "wheel"])
        #expect(
            message
                == "SSOSYNC_ROLE is \"wheel\", which this version does not have; what there is: single, hub, spoke, notify, control"
        )
    }

    @Test func `a role whose configuration is another role's does not start`() async throws {
        var message = try await FunctionFolder().initError(environment: ["SSOSYNC_ROLE": "hub"])
        #expect(message.hasSuffix("hub is missing: what is read is sent to nobody"))
        message = try await FunctionFolder().initError(environment: ["SSOSYNC_ROLE": "spoke"])
        #expect(message.hasSuffix("directory: a spoke has its directory from a hub: expected snapshot: { s3: … }"))
        let snapshot = FunctionFolder.configuration.replacing(
            #""file": { "path": "people.json" }"#,
            with: #"""
                "snapshot": { "path": "s.json", "publicKeySHA256": "\#(String(repeating: "0", count: 64))", "directoryId": "d" }
                """#
        )
        message = try await FunctionFolder(snapshot).initError()
        #expect(message.contains("directory: an event has single read the directory"), "\(message)")
        let hub = FunctionFolder.configuration.replacing(
            /"targets": .*/.dotMatchesNewlines(),
            with: #"""
                "hub": {
                  "key": "alias/sso-sync", "snapshots": [{"s3": "s3://bucket/prod.json"}],
                  "spokes": [{
                    "name": "eu", "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111111111111/eu", "targets": ["orders"],
                    "groups": ["team"]
                  }]
                } }
                """#
        )
        for role in ["single", "spoke"] {
            message = try await FunctionFolder(hub).initError(environment: ["SSOSYNC_ROLE": role])
            #expect(message.contains("is a hub's, which has no databases"), "\(message)")
        }
        let nowhere = ["SSOSYNC_ROLE": "hub", "AWS_REGION": "", "AWS_DEFAULT_REGION": ""]
        message = try await FunctionFolder(hub).initError(environment: nowhere)
        #expect(message.contains("hub.key: does not say which Region it is in"), "\(message)")
    }

    @Test func `a configuration that is wrong is told with all that is wrong in it`() async throws {
        var message = try await FunctionFolder("{").initError()
        #expect(message.contains("sso-sync.json:1: is not JSON"))
        message = try await FunctionFolder(#"{"version": 1, "owner": "", "targets": [], "colour": 1}"#).initError()
        for part in ["owner: ", "directory", "colour"] { #expect(message.contains(part), "\(message)") }
        let missing = ["SSOSYNC_CONFIGURATION": "elsewhere.json"]
        message = try await FunctionFolder().initError(environment: missing)
        #expect(message.hasSuffix("elsewhere.json does not exist"))
        message = try await FunctionFolder().initError(environment: ["PROVISIONER_PASSWORD": ""])
        #expect(message.contains("PROVISIONER_PASSWORD is not set, and the templates set none of yours: give a file"))
        let tagged = FunctionFolder.configuration
            .replacing(#""engine": "postgres", "host": "localhost", "port": 9,"#, with: #""tagged": {"a": "b"},"#)
            .replacing(#""login": { "passwordVariable": "PROVISIONER_PASSWORD" },"#, with: #""region": "eu-west-1","#)
        message = try await FunctionFolder(tagged).initError()
        #expect(message.contains("does not look for tags yet"), "\(message)")
        let remembering = FunctionFolder.configuration
            .replacing(#""owner": "test","#, with: #""owner": "test", "targetMemory": "/tmp/rests.json","#)
        message = try await FunctionFolder(remembering).initError()
        #expect(message.contains("targetMemory: the function's processes share no file"), "\(message)")
        let yaml = try FunctionFolder()
        try yaml.folder.write("version: 1", to: "sso-sync.yaml")
        message = try await yaml.initError(environment: ["SSOSYNC_CONFIGURATION": "sso-sync.yaml"])
        #expect(message.contains("is YAML, and this program reads JSON only"))
    }

    @Test func `a queue of which nobody knows the Region keeps it from starting`() async throws {
        let message = try await FunctionFolder().initError(environment: [
            "SSOSYNC_EVENT_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync", "AWS_REGION": "",
            "AWS_DEFAULT_REGION": "",
        ])
        #expect(message == "AWS_REGION is not set")
    }

    // MARK: S3

    @Test func `a configuration in S3 is read by its version, and its paths are those of the function`() async throws {
        let world = try await AWSStandIn.world()
        let bucket = try await world.makeBucket(hasVersions: true)
        let place = try #require(S3Location(bucket: bucket, key: "prod/sso-sync.json"))
        let client = S3Client(try world.client(.s3))
        let receipt = try await client.put(Array(FunctionFolder.configuration.utf8), at: place)
        _ = try await client.put(Array("{}".utf8), at: place)
        var environment = world.environment
        environment["AWS_REGION"] = world.region
        environment["SSOSYNC_CONFIGURATION"] = "\(place)"
        environment["SSOSYNC_CONFIGURATION_VERSION"] = receipt?.versionId
        environment["SSOSYNC_CONFIGURATION_SHA256"] = hash
        let function = try FunctionFolder("not this one")
        let report = try await function.play([.init(LambdaEvents.schedulerInput)], environment: environment)
        // The directory's file was found: what fails is the target.
        #expect(report.log(with: "target failed: localhost:9").count == 1, "\(report.output)")

        environment["SSOSYNC_CONFIGURATION_SHA256"] = String(repeating: "1", count: 64)
        var message = try await function.initError(environment: environment)
        #expect(message.contains("\(place) (version \(receipt?.versionId ?? "")) has the SHA-256 \(hash)"))

        environment["SSOSYNC_CONFIGURATION_VERSION"] = "no-such-version"
        message = try await function.initError(environment: environment)
        #expect(message.hasPrefix("the configuration cannot be read: "), "\(message)")
        environment["AWS_SECRET_ACCESS_KEY"] = "wrong"
        message = try await function.initError(environment: environment)
        #expect(message.hasPrefix("the configuration cannot be read: "))
        #expect(try await world.calls().count { $0.operation == "GetObject" && $0.verified } >= 3)
    }

    @Test func `a function takes no credentials from the files of people at a terminal`() async throws {
        let function = try FunctionFolder()
        let keys = "[default]\naws_access_key_id = AKIDSOMEBODY\naws_secret_access_key = secret\n"
        try function.folder.write(keys, to: ".aws/credentials")
        let message = try await function.initError(environment: [
            "HOME": function.folder.path, "AWS_EC2_METADATA_DISABLED": "true",
            "SSOSYNC_CONFIGURATION": "s3://bucket/sso-sync.json", "SSOSYNC_CONFIGURATION_VERSION": "v1",
            "SSOSYNC_CONFIGURATION_SHA256": hash,
        ])
        #expect(message.contains("no credentials for AWS; asked were: environment: "), "\(message)")
        #expect(!message.contains("profile"))
    }

    // MARK: What is linked

    @Test func `it starts in little time, since neither full Foundation nor what only people need is linked`()
        async throws
    {
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "sso-sync-lambda"
        )
        let linked = try await ChildProcess.output(["readelf", "--dynamic", "--wide", program.path()])
        #expect(linked.contains("libFoundationEssentials.so") && !linked.contains("libFoundation.so"))
        let symbols = try await ChildProcess.output(["nm", "--defined-only", program.path()])
        #expect(symbols.contains("15SSOSyncFunction"))
        for module in ["14ArgumentParser", "4Yams", "11SSOSyncYAML", "yaml_parser_"] {
            #expect(!symbols.contains(module), "\(module) is linked")
        }
    }
}
