// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Reads where reports are kept; what is the matter goes to the elements' log.
enum ReportsDecoder {
    /// A century: what is locked for longer by mistake is never got rid of.
    private static let days = 1...36_500

    static func reports(_ element: Element) -> ReportsConfiguration? {
        guard let fields = element.fields(["s3", "region", "objectLock"]) else { return nil }
        let prefix = fields.required("s3", "a prefix in S3, such as s3://bucket/reports/").flatMap(prefix)
        let region = fields["region"].map { $0.region() } ?? ""
        let lock = fields["objectLock"].map(lock)
        guard let prefix, let region, lock != .some(nil) else { return nil }
        return ReportsConfiguration(s3: prefix, region: region.isEmpty ? nil : region, objectLock: lock ?? nil)
    }

    /// With the slash at its end: without one it could be a key as well.
    private static func prefix(_ element: Element) -> String? {
        let expected = "a prefix in S3 that ends with a slash, such as s3://bucket/reports/"
        guard let text = element.text(expected: expected) else { return nil }
        let slash = UInt8(ascii: "/")
        let parts = text.utf8.dropFirst(5).split(separator: slash, maxSplits: 1, omittingEmptySubsequences: false)
        guard text.hasPrefix("s3://"), text.utf8.last == slash, parts.count == 2 else {
            element.complain("expected \(expected), found \(Printable.quoted(text))")
            return nil
        }
        let bucket = String(Substring(parts[0]))
        guard S3Location(bucket: bucket, key: "a") != nil else {
            let rule = "3 to 63 small letters, digits, hyphens and single dots, the first and last a letter or a digit"
            element.complain("expected a bucket's name of \(rule), found \(Printable.quoted(bucket))")
            return nil
        }
        let length = Substring(parts[1]).unicodeScalars.count
        guard length <= longest else {
            element.complain("expected at most \(longest) characters behind the bucket, found \(length)")
            return nil
        }
        return text
    }

    /// A key has 1,024 bytes at most, of which some are the report's, and a character up to 4.
    private static let longest = 201

    private static func lock(_ element: Element) -> ReportsConfiguration.ObjectLock? {
        guard let fields = element.fields(["mode", "days"]) else { return nil }
        let mode = fields.required("mode", "governance or compliance")?.choice(
            ReportsConfiguration.ObjectLock.Mode.self
        )
        let days = fields.required("days", "for how long nobody may delete a report")?
            .wholeNumber(days, unit: "a number of days")
        guard let mode, let days else { return nil }
        return ReportsConfiguration.ObjectLock(mode: mode, days: days)
    }
}
