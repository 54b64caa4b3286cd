// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Reads which snapshot the directory comes from; what is the matter goes to the element's log.
struct SnapshotDecoder {
    private static let onlyInS3 = ["versionId", "region", "roleArn", "externalId"]
    private static let keys =
        ["path", "s3"] + onlyInS3 + ["publicKey", "publicKeySHA256", "directoryId", "maxAge", "memory"]

    private let element: Element

    init(_ element: Element) { self.element = element }

    func decode() -> SnapshotConfiguration? {
        guard let fields = element.fields(Self.keys) else { return nil }
        let directory = fields.required("directoryId", "which directory it has to be of, such as d-1234567890")?.name()
        let (place, keys) = (place(fields), keys(fields))
        checkBelongTogether(fields)
        guard let directory, let place, let keys else { return nil }
        // What is there and wrong is complained about, and stops the program: so nil may stand for what is not there.
        return SnapshotConfiguration(
            place: place,
            versionId: fields["versionId"]?.text(expected: "a version's id"),
            region: fields["region"]?.region(),
            roleArn: fields["roleArn"]?.roleARN(),
            externalId: fields["externalId"]?.text(expected: "the role's external id"),
            keys: keys,
            directoryId: DirectoryId(directory),
            maximumAge: fields["maxAge"]?.age(),
            memory: fields["memory"]?.text(expected: "a path")
        )
    }

    private func place(_ fields: Fields) -> SnapshotConfiguration.Place? {
        switch (fields["path"], fields["s3"]) {
        case (let path?, nil): return path.text(expected: "a path").map { .file(path: $0) }
        case (nil, let s3?): return s3.s3Location().map { .s3($0) }
        default:
            element.complain("expected exactly one place: path: snapshot.json or s3: s3://bucket/snapshot.json")
            return nil
        }
    }

    private func keys(_ fields: Fields) -> [SnapshotConfiguration.Key]? {
        switch (fields["publicKey"], fields["publicKeySHA256"]) {
        case (let files?, nil): return Self.oneOrTwo(files) { $0.text(expected: "a path").map { .file(path: $0) } }
        case (nil, let digests?): return Self.oneOrTwo(digests) { $0.fingerprint().map { .fingerprint($0) } }
        default:
            element.complain(
                "expected exactly one key: publicKey: key.pem, or publicKeySHA256 with 64 hexadecimal digits"
            )
            return nil
        }
    }

    /// A key as it is, or a list, for as long as it is being changed.
    private static func oneOrTwo(
        _ element: Element,
        _ key: (Element) -> SnapshotConfiguration.Key?
    ) -> [SnapshotConfiguration.Key]? {
        guard case .array(let values) = element.value.content else { return key(element).map { [$0] } }
        guard (1...2).contains(values.count), let elements = element.elements() else {
            element.complain("expected one key, or two while it is being changed, found \(values.count)")
            return nil
        }
        let keys = elements.map(key)
        return keys.contains { $0 == nil } ? nil : keys.compactMap(\.self)
    }

    private func checkBelongTogether(_ fields: Fields) {
        if let id = fields["externalId"], fields["roleArn"] == nil {
            id.complain("goes with roleArn, which is missing")
        }
        guard fields["s3"] == nil else { return }
        for key in Self.onlyInS3 { fields[key]?.complain("goes with s3, which is missing") }
    }
}

extension Element {
    /// `s3://bucket/key`.
    func s3Location() -> String? {
        let expected = "a place in S3 such as s3://bucket/snapshot.json"
        guard let text = text(expected: expected) else { return nil }
        if S3Location(text) != nil { return text }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }

    /// A SHA-256 in hexadecimal digits.
    fileprivate func fingerprint() -> String? {
        let expected = "the SHA-256 of the public key in DER, 64 hexadecimal digits"
        guard let text = text(expected: expected) else { return nil }
        if let pin = SnapshotKeyPin(fingerprint: text) { return pin.fingerprint }
        complain("expected \(expected), found \(Printable.quoted(text))")
        return nil
    }
}
