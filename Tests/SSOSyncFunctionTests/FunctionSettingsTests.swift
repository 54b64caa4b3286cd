// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

struct FunctionSettingsTests {
    private let hash = String(repeating: "aB", count: 32)

    private func settings(_ more: [String: String]) throws(FunctionFailure) -> FunctionSettings {
        let least = ["SSOSYNC_ROLE": "single", "LAMBDA_TASK_ROOT": "/var/task"]
        return try FunctionSettings(environment: least.merging(more) { $1 })
    }

    private func problem(_ more: [String: String]) -> String? {
        do throws(FunctionFailure) {
            _ = try settings(more)
            return nil
        } catch {
            #expect(error.reason == "ConfigurationInvalid")
            #expect(!error.description.contains("\n"))
            return error.description
        }
    }

    @Test func `a configuration is a file beside the function unless it says otherwise`() throws {
        let plain = try settings([:])
        #expect(plain.place == .file(path: "/var/task/sso-sync.json"))
        #expect(plain.checksum == nil && plain.queueURL == nil)
        #expect(try settings(["SSOSYNC_CONFIGURATION": "a/b.json"]).place == .file(path: "/var/task/a/b.json"))
        #expect(try settings(["SSOSYNC_CONFIGURATION": "/opt/c.json"]).place == .file(path: "/opt/c.json"))
        #expect(try settings(["SSOSYNC_CONFIGURATION_SHA256": hash]).checksum == hash.lowercased())
        #expect(try settings(["SSOSYNC_CONFIGURATION": "", "SSOSYNC_EVENT_QUEUE_URL": ""]) == plain)
    }

    @Test func `a configuration in S3 is pinned by version and hash`() throws {
        let place = ["SSOSYNC_CONFIGURATION": "s3://bucket/a/b.json"]
        let version = ["SSOSYNC_CONFIGURATION_VERSION": "v1"]
        let sum = ["SSOSYNC_CONFIGURATION_SHA256": hash]
        for part in [place, place.merging(version) { $1 }, place.merging(sum) { $1 }] {
            #expect(problem(part)?.contains("a configuration in S3 is pinned") == true)
        }
        let settings = try settings(place.merging(version) { $1 }.merging(sum) { $1 })
        let location = try #require(S3Location("s3://bucket/a/b.json"))
        #expect(settings.place == .object(location, versionId: "v1"))
        #expect(problem(version)?.contains("for a configuration in S3 only") == true)
        #expect(problem(["SSOSYNC_CONFIGURATION": "s3://b"])?.contains("no place in S3") == true)
    }

    @Test(arguments: [
        "https://sqs.eu-west-1.amazonaws.com/111111111111/sso-sync", "https://host:8443/1/q", "https://[fe80::1]/1/q",
        "http://127.0.0.1:4566/1/q", "http://localhost/q", "http://[::1]:80/q",
    ])
    func `a queue has an address with https, or http on this machine`(url: String) throws {
        #expect(try settings(["SSOSYNC_EVENT_QUEUE_URL": url]).queueURL == url)
    }

    @Test(arguments: [
        "https://", "https:///1/q", "https://host", "https://host/", "https:host/q", "https://host:x/q",
        "https://a@host/q", "https://host:0/q", "http://sqs.eu-west-1.amazonaws.com/1/q", "ftp://host/q",
        "https://host/q?a=b", "https://host/q r", "/1/q", "arn:aws:sqs:eu-west-1:111111111111:q",
    ])
    func `anything else is no address of a queue`(url: String) {
        #expect(problem(["SSOSYNC_EVENT_QUEUE_URL": url])?.contains("SSOSYNC_EVENT_QUEUE_URL is no address") == true)
    }

    @Test func `events come from a standard queue, and not from a FIFO queue, where one that fails has others wait`() {
        let (variable, url) = ("SSOSYNC_EVENT_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/111111111111/q.fifo")
        #expect(problem([variable: url]) == "\(variable) is a FIFO queue; events need a standard one")
    }

    @Test func `the queue for readings of everyone hands its messages to one process at a time, as a FIFO queue does`()
        throws
    {
        let (variable, url) = ("SSOSYNC_EVERYONE_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/111111111111/q")
        #expect(try settings([:]).everyoneQueueURL == nil)
        #expect(try settings([variable: "\(url).fifo"]).everyoneQueueURL == "\(url).fifo")
        #expect(problem([variable: url]) == "\(variable) is no FIFO queue, whose name ends in .fifo")
        #expect(problem([variable: "q.fifo"])?.contains("\(variable) is no address of a queue") == true)
    }

    @Test(arguments: ["Hub", "spokes", "Single", "single "])
    func `a role that this version does not have is refused, with those it has`(role: String) {
        #expect(problem(["SSOSYNC_ROLE": role])?.contains("what there is: single, hub, spoke, notify, control") == true)
    }

    @Test(arguments: ["", "topic", "arn:aws:sqs:eu-west-1:111111111111:q", "arn:aws:sns::111111111111:t"])
    func `notify needs a topic`(topic: String) {
        let found = problem(["SSOSYNC_ROLE": "notify", "SSOSYNC_NOTIFY_TOPIC_ARN": topic])
        #expect(found?.contains("SSOSYNC_NOTIFY_TOPIC_ARN is no topic") == true)
    }

    @Test func `all that is wrong is told at once, and a role is never guessed`() {
        let all = problem([
            "SSOSYNC_ROLE": "", "SSOSYNC_CONFIGURATION": "s3://b", "SSOSYNC_CONFIGURATION_SHA256": "12",
            "SSOSYNC_EVENT_QUEUE_URL": "events",
        ])
        for part in ["SSOSYNC_ROLE is not set", "no place in S3", "64 hexadecimal digits", "no address of a queue"] {
            #expect(all?.contains(part) == true)
        }
        #expect(problem(["SSOSYNC_CONFIGURATION_SHA256": String(repeating: "g", count: 64)]) != nil)
    }

    @Test func `authorities in the zip are those that AWS is verified by, unless the environment names others`() throws
    {
        let folder = try TemporaryFolder()
        let variables = ["LAMBDA_TASK_ROOT": folder.path]
        #expect(FunctionSetup.withAuthorities(variables, in: folder.path) == variables)
        try folder.write("a", to: "aws-ca-bundle.pem")
        for unset in [variables, variables.merging(["AWS_CA_BUNDLE": ""]) { $1 }] {
            let named = FunctionSetup.withAuthorities(unset, in: folder.path)["AWS_CA_BUNDLE"]
            #expect(named == folder.file("aws-ca-bundle.pem"))
        }
        let others = variables.merging(["AWS_CA_BUNDLE": "/others.pem"]) { $1 }
        #expect(FunctionSetup.withAuthorities(others, in: folder.path) == others)
    }
}
