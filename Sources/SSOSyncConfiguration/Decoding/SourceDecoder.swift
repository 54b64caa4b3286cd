// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads where people and groups come from; what is the matter goes to the element's log.
struct SourceDecoder {
    static let hint = "where people and groups come from, for example identityCenter: { region: eu-west-1 }"

    private let element: Element

    init(_ element: Element) { self.element = element }

    func decode() -> DirectoryConfiguration? {
        guard let fields = element.fields(["identityCenter", "file", "snapshot"]) else { return nil }
        switch (fields["identityCenter"], fields["file"], fields["snapshot"]) {
        case (let center?, nil, nil): return Self.identityCenter(center).map { .identityCenter($0) }
        case (nil, let file?, nil): return Self.file(file)
        case (nil, nil, let snapshot?): return SnapshotDecoder(snapshot).decode().map { .snapshot($0) }
        case (nil, nil, nil) where !element.isEmptyMapping: return nil
        default:
            element.complain(
                "expected exactly one source: identityCenter: { region: … }, file: { path: … } or snapshot: { s3: … }"
            )
            return nil
        }
    }

    private static func file(_ element: Element) -> DirectoryConfiguration? {
        guard let fields = element.fields(["path", "id"]) else { return nil }
        let path = fields.required("path", "the file of people and groups")?.text(expected: "a path")
        let id = fields["id"].map { $0.name() } ?? ""
        guard let path, let id else { return nil }
        return .file(path: path, id: id.isEmpty ? nil : DirectoryId(id))
    }

    private static func identityCenter(_ element: Element) -> IdentityCenterConfiguration? {
        let keys = ["region", "identityStoreId", "roleArn", "externalId", "requestsPerSecond"]
        guard let fields = element.fields(keys) else { return nil }
        if let id = fields["externalId"], fields["roleArn"] == nil {
            id.complain("goes with roleArn, which is missing")
            return nil
        }
        // What is there and wrong is complained about, and stops the program: so nil may stand for what is not there.
        return IdentityCenterConfiguration(
            region: fields["region"]?.region(),
            identityStoreId: fields["identityStoreId"]?.identityStoreId(),
            roleArn: fields["roleArn"]?.roleARN(),
            externalId: fields["externalId"]?.text(expected: "the role's external id"),
            requestsPerSecond: fields["requestsPerSecond"]?.wholeNumber(1...100, unit: "a number of requests")
        )
    }
}

extension Element {
    /// `d-` and ten hexadecimal digits, or a UUID.
    fileprivate func identityStoreId() -> String? {
        let expected = "an identity store's id such as d-1234567890"
        guard let text = text(expected: expected) else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isShort = parts.count == 2 && parts[0] == "d" && Self.isHexadecimal(parts[1], count: 10)
        let isUUID =
            parts.count == 5 && zip(parts, [8, 4, 4, 4, 12]).allSatisfy { Self.isHexadecimal($0, count: $1) }
        if isShort || isUUID { return text }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }

    private static func isHexadecimal(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy(\.isLowercaseHexadecimalDigit)
    }

    /// The ARN of a role.
    func roleARN() -> String? {
        let expected = "a role such as arn:aws:iam::111111111111:role/sso-sync-reader"
        guard let text = text(expected: expected) else { return nil }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let isARN = parts.count == 6 && parts[0] == "arn" && parts[1].hasPrefix("aws") && parts[2] == "iam"
        let isRole = isARN && parts[3].isEmpty && parts[4].utf8.count == 12 && parts[5].hasPrefix("role/")
        if isRole, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }), parts[5].utf8.count > 5 { return text }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }
}
