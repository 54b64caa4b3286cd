// SPDX-License-Identifier: Apache-2.0

/// What aws-samples/sso-sync-to-amazon-rds is configured with: one block of the context in its `cdk.json`, of whichever of its
/// versions.
struct SampleSettings {
    /// The name of the block.
    let stage: String
    /// Whose groups they are: the account and Region of IAM Identity Center, and its store.
    let directoryAccount: String?
    let directoryRegion: String?
    let identityStore: String?
    /// Where the cluster is.
    let account: String?
    let region: String?
    let cluster: String
    /// The login by which it makes accounts.
    let user: String
    let groups: [String]
    /// The database on which its first version granted `INSERT` and `SELECT`, there being no roles then.
    let database: String?
    /// Whom it writes to when something fails.
    let email: String?

    /// Reads a block.
    ///
    /// - Parameters:
    ///   - document: The whole of `cdk.json`.
    ///   - stage: The name of the block.
    ///   - file: The file's name.
    /// - Throws: ``ConfigurationError`` if there is no such block, or something is not said in it.
    init(_ document: ConfigurationValue, stage: String, file: String) throws(ConfigurationError) {
        let log = ProblemLog(file: file)
        let block = Self.block(Element(document, log: log), stage)
        let texts = block.map { Self.texts($0) } ?? [:]
        self.stage = stage
        directoryAccount = texts["IDC_ACCOUNT_ID"]
        directoryRegion = texts["IDC_REGION"]
        identityStore = texts["IAM_IDC_STORE_ID"]
        account = texts["RDS_ACCOUNT_ID"]
        region = texts["RDS_REGION"]
        (cluster, user) = (texts["RDS_CLUSTER_ID"] ?? "", texts["RDS_DB_USER"] ?? "")
        database = texts["RDS_DB_NAME"]
        email = texts["NOTIFICATION_EMAIL"]
        let names = texts["IAM_IDC_GROUP_NAMES"]?.split(separator: ",").map(Self.trimmed)
        groups = (names ?? texts["IAM_IDC_GROUP_NAME"].map { [$0] } ?? []).filter { !$0.isEmpty }
        if let block {
            if cluster.isEmpty { block.complain("RDS_CLUSTER_ID is missing: the cluster whose accounts it makes") }
            if user.isEmpty { block.complain("RDS_DB_USER is missing: the login by which it makes them") }
            if groups.isEmpty { block.complain("IAM_IDC_GROUP_NAMES is missing: the groups that it follows") }
        }
        try log.throwIfAny()
    }

    private static func block(_ document: Element, _ stage: String) -> Element? {
        let expected = "the sample's cdk.json, a mapping with context"
        guard let members = document.members(of: expected) else { return nil }
        guard let context = members.first(where: { $0.key == "context" })?.element else {
            document.complain("context is missing: this is not the sample's cdk.json")
            return nil
        }
        let blocks = context.members()?.filter { if case .object = $0.element.value.content { true } else { false } }
        guard let blocks else { return nil }
        if let block = blocks.first(where: { $0.key == stage }) { return block.element }
        context.complain("there is no block \(stage) here\(Suggestion.phrase(for: stage, among: blocks.map(\.key)))")
        return nil
    }

    /// Texts, and numbers as which account ids may be written; what is null is not said.
    private static func texts(_ block: Element) -> [String: String] {
        let members = (block.members() ?? []).filter { !$0.element.isNull }
        let texts = members.compactMap { member -> (String, String)? in
            if case .integer(let number) = member.element.value.content { return (member.key, "\(number)") }
            return member.element.text().map { (member.key, trimmed($0[...])) }
        }
        return Dictionary(texts) { first, _ in first }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank = { (character: Character) in character.isWhitespace }
        let tail = text.drop(while: isBlank)
        return String(tail[..<(tail.lastIndex { !isBlank($0) }.map(tail.index(after:)) ?? tail.startIndex)])
    }
}
