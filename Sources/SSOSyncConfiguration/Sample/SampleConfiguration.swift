// SPDX-License-Identifier: Apache-2.0

/// A configuration that does what aws-samples/sso-sync-to-amazon-rds was configured to do, as far as that says it.
public struct SampleConfiguration: Sendable {
    private let settings: SampleSettings
    private let file: String

    /// Reads what the sample is configured with.
    ///
    /// - Parameters:
    ///   - path: Its `cdk.json`.
    ///   - stage: The block of its context that it was deployed from: what `CDK_ENV` was.
    ///   - documents: Knows the formats.
    /// - Throws: ``ConfigurationError`` if that cannot be read, or says too little.
    public init(path: String, stage: String, documents: DocumentReader) throws(ConfigurationError) {
        let document = try documents.document(at: path, limit: DocumentReader.configurationLimit)
        settings = try SampleSettings(document, stage: stage, file: path)
        file = path
    }

    /// The configuration, in YAML, with what is left for people to decide.
    ///
    /// Its mode is `plan`, so that nothing is changed by it.
    public var text: String {
        (head + directory + ["accountName: userName", "targets:"] + target).joined(separator: "\n") + "\n"
    }

    private var head: [String] {
        [
            "# From \(Self.quoted(file)), \(Self.quoted(settings.stage)), of aws-samples/sso-sync-to-amazon-rds.",
            "version: 1",
            "# Stands in every marker, and stays: choose it well.",
            "owner: \(Self.quoted(settings.stage))",
        ]
    }

    private var directory: [String] {
        var lines = ["directory:", "  identityCenter:"]
        if let region = settings.directoryRegion {
            lines.append("    region: \(Self.quoted(region))")
        } else {
            lines.append("    # CDK_DEFAULT_REGION; it has to be said here.")
            lines.append("    region: null")
        }
        if let store = settings.identityStore {
            lines.append("    identityStoreId: \(Self.quoted(store))")
        } else {
            lines.append("    # The function needs it: aws sso-admin list-instances says it.")
            lines.append("    # identityStoreId: d-…")
        }
        if let account = settings.directoryAccount, account != settings.account {
            lines.append("    # In account \(Self.quoted(account)). From another one it is read by a role there:")
            lines.append("    # roleArn: …")
        }
        return lines
    }

    private var target: [String] {
        var lines = [
            "  - name: \(Self.quoted(settings.cluster))",
            "    # Then joins, then enforce, as the plans turn out right.",
            "    mode: plan",
            "    cluster: \(Self.quoted(settings.cluster))",
        ]
        if let region = settings.region { lines.append("    region: \(Self.quoted(region))") }
        lines += [
            "    user: \(Self.quoted(settings.user))",
            "    tls: { ca: rds-global-bundle.pem }",
        ]
        if let database = settings.database {
            lines += [
                "    # INSERT and SELECT on \(Self.quoted(database)) were granted to each account. Here that is a role, of the",
                "    # group's name or another one, which you make first.",
            ]
        }
        lines.append("    # Each group's role has the group's name, as there.")
        lines.append("    groups: [\(settings.groups.map(Self.quoted).joined(separator: ", "))]")
        if let email = settings.email {
            lines.append("# \(Self.quoted(email)) was told of failures: see notify.")
        }
        return lines
    }

    /// A text as YAML has it in double quotes, on one line, with all that is not plain to see by its number.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> String in
            let isPlain = (0x20..<0x7F).contains(scalar.value) || scalar.properties.isAlphabetic
            if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
            if isPlain { return "\(scalar)" }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
        return "\"\(scalars.joined())\""
    }
}
