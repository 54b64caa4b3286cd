// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("The configuration of aws-samples/sso-sync-to-amazon-rds")
struct SampleConfigurationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What becomes of a block of the context, which has others beside it as the sample's has.
    private func text(_ block: String, stage: String = "dev") throws -> String {
        try folder.write(
            #"{"app": "npx ts-node", "context": {"@aws-cdk/core:checkSecretUsage": true, "dev": \#(block)}}"#,
            to: "cdk.json"
        )
        return try SampleConfiguration(
            path: folder.path + "/cdk.json",
            stage: stage,
            documents: Sample.documents
        ).text
    }

    private func problems(_ block: String, stage: String = "dev") throws -> [String] {
        do {
            return [try text(block, stage: stage)]
        } catch let error as ConfigurationError {
            return error.problems.map { "\($0.path): \($0.message)" }
        }
    }

    @Test
    func `its last version's says cluster, login, groups and where they are, and is a configuration in the mode plan`()
        throws
    {
        let text = try text(
            """
            {"RDS_ACCOUNT_ID": "222222222222", "RDS_REGION": "eu-west-1", "IDC_ACCOUNT_ID": 111111111111,
             "IDC_REGION": "us-east-1", "RDS_CLUSTER_ID": "database-1", "RDS_DB_USER": "sso_provisioner",
             "IAM_IDC_GROUP_NAMES": "DBA, Data: Science,#ops\\"x", "NOTIFICATION_EMAIL": "ops@example.org"}
            """
        )
        let configuration = try Sample.configuration(text, file: "c.yaml")
        #expect(configuration.owner == "dev")
        let target = try #require(configuration.targets.first)
        #expect(target.name == "database-1" && target.user == "sso_provisioner" && target.mode == .plan)
        #expect(target.groups.map(\.group) == ["#ops\"x", "DBA", "Data: Science"])
        #expect(target.groups.map(\.roles) == [["#ops\"x"], ["DBA"], ["Data: Science"]])
        #expect(text.contains("cluster: \"database-1\"\n    region: \"eu-west-1\"\n"))
        #expect(text.contains("identityCenter:\n    region: \"us-east-1\"\n    # The function needs it: aws sso-admin"))
        #expect(text.contains("\n    # identityStoreId: d-…\n    # In account \"111111111111\"."))
        let whole = text.replacing("# identityStoreId: d-…", with: "identityStoreId: d-1234567890")
        guard case .identityCenter(let center) = try Sample.configuration(whole, file: "c.yaml").directory else {
            Issue.record("the directory is another one")
            return
        }
        #expect(center.identityStoreId == "d-1234567890")
        #expect(text.contains("# \"ops@example.org\" was told of failures"))
    }

    @Test
    func `its first version's says the store, one group and the database, and lacks the Region, which check asks for`()
        throws
    {
        let text = try text(
            """
            {"IAM_IDC_GROUP_NAME": "DBA", "IAM_IDC_STORE_ID": "d-1234567890", "VPC_ID": "vpc-1", "RDS_DB_NAME": "test",
             "RDS_DB_USER": "iam_admin", "RDS_CLUSTER_ID": "database-1", "RDS_ACCOUNT_ID": null}
            """
        )
        #expect(text.contains("\n    identityStoreId: \"d-1234567890\"") && !text.contains("# identityStoreId"))
        #expect(text.contains("# INSERT and SELECT on \"test\" were granted to each account."))
        #expect(text.contains("groups: [\"DBA\"]"))
        let problems = try Sample.problems(text)
        #expect(problems.count == 1 && problems[0].contains("directory.identityCenter.region"), "\(problems)")
    }

    @Test func `no text gets out of its place in the configuration, whatever is in it`() throws {
        let nasty = #"x\"\\\n- y: \u2028\u0085\u0000{}#é🙂"#
        let text = try text(
            """
            {"IDC_REGION": "us-east-1", "IDC_ACCOUNT_ID": "\(nasty)", "RDS_CLUSTER_ID": "database-1",
             "RDS_DB_USER": "p", "RDS_DB_NAME": "\(nasty)", "NOTIFICATION_EMAIL": "\(nasty)",
             "IAM_IDC_GROUP_NAMES": "\(nasty)"}
            """
        )
        let configuration = try Sample.configuration(text, file: "c.yaml")
        let target = try #require(configuration.targets.first)
        #expect(target.groups.map(\.group) == ["x\"\\\n- y: \u{2028}\u{85}\0{}#é🙂"])
        let lines = text.split(separator: "\n")
        #expect(
            lines.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{2028}" && $0 != "\u{85}" } }
        )
        #expect(!lines.contains { $0.hasPrefix("- y") })
    }

    @Test func `what is missing is said all at once, and where`() throws {
        #expect(
            try problems(#"{"RDS_CLUSTER_ID": null, "IAM_IDC_GROUP_NAMES": " , "}"#) == [
                "context.dev: RDS_CLUSTER_ID is missing: the cluster whose accounts it makes",
                "context.dev: RDS_DB_USER is missing: the login by which it makes them",
                "context.dev: IAM_IDC_GROUP_NAMES is missing: the groups that it follows",
            ]
        )
        #expect(
            try problems("{}", stage: "deb") == [#"context: there is no block deb here, did you mean "dev"?"#]
        )
        #expect(try problems("true") == ["context: there is no block dev here"])
        try folder.write("[]", to: "list.json")
        #expect(throws: ConfigurationError.self) {
            try SampleConfiguration(path: folder.path + "/list.json", stage: "dev", documents: Sample.documents)
        }
    }
}
