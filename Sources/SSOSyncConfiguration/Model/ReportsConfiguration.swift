// SPDX-License-Identifier: Apache-2.0

/// Where the report of each run is kept.
public struct ReportsConfiguration: Hashable, Sendable, Encodable {
    /// For how long nobody may delete or replace a report.
    public struct ObjectLock: Hashable, Sendable, Encodable {
        /// Who may shorten it.
        public enum Mode: String, Hashable, Sendable, Encodable, CaseIterable {
            /// Whoever has a right of its own.
            case governance
            /// Nobody.
            case compliance
        }

        /// Who may shorten it.
        public let mode: Mode
        /// How long, in days, from the end of the run.
        public let days: Int
    }

    /// Below which prefix, as `s3://bucket/prefix/`.
    public let s3: String
    /// Where the bucket is; nil for the environment's Region.
    public let region: String?
    /// For how long nobody may delete or replace a report; nil for no time.
    public let objectLock: ObjectLock?

    /// Whether a folder below the prefix is one of a year's reports, by its name.
    static func isYear(_ folder: some StringProtocol) -> Bool {
        folder.utf8.count == 4 && folder.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }
}
