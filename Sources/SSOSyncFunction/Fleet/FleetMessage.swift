// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
internal import SSOSyncCore

/// What a hub sends to the queue of a spoke.
///
///     {"sso-sync":{"v":2,"work":{"asOf":"2026-11-22T12:00:00.000Z","known":["orders","stock"],"run":"0123456789abcdef","scheduled":true,"targets":["orders"]}}}
///     {"excerpt":{"payload":{…},"signature":{…}},"sso-sync":{"run":"0123456789abcdef","v":1}}
///
/// Nothing of it is obeyed: the first has the spoke read its own snapshot for targets of its own, and the second is worth
/// what its signature is. Whoever can send to the queue can forge the first, and gains that the spoke works when there is
/// nothing to do.
enum FleetMessage: Hashable {
    /// A snapshot has been written, which these targets are to be brought in step with.
    struct Work: Hashable, Codable {
        /// When the reading began: a snapshot that is older is not the one that is meant.
        let asOf: Timestamp
        /// The hub's run, for log and report.
        let run: HubRunId
        /// Whether it was time for a reading of everyone; if not, an event called for it.
        let scheduled: Bool
        /// The spoke's targets that are to be brought in step.
        let targets: [TargetName]
        /// All targets that the hub has for the spoke; nil if they are too many for a message, or the hub is of a version that
        /// does not say.
        var known: [TargetName]?
    }

    case work(Work)
    /// A few people have been read.
    case excerpt(SignedSnapshot, run: HubRunId)

    /// The layout of messages, and that of work which says what is known.
    private static let (version, knowingVersion) = (1, 2)

    /// The most bytes of a message.
    ///
    /// The queues that the templates make take 256 KiB; SQS lets a queue take more
    /// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
    static let limit = 256 << 10

    /// Reads a message; nil if it is anything else, by a single byte, than what ``text`` writes.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.limit, let message = Self.work(bytes) ?? Self.excerpt(bytes) else { return nil }
        self = message
    }

    /// Whether a text that is no message here may be one to a later version of this program.
    static func isOfLaterVersion(_ text: String) -> Bool {
        struct Header: Decodable {
            struct Version: Decodable { let v: Int }
            struct Signed: Decodable {
                struct Payload: Decodable { let version: Int }
                let payload: Payload
            }
            let message: Version
            let excerpt: Signed?

            enum CodingKeys: String, CodingKey {
                case message = "sso-sync"
                case excerpt
            }
        }
        guard text.utf8.count <= limit, let header = try? JSONDecoder().decode(Header.self, from: Data(text.utf8))
        else {
            return false
        }
        return header.message.v > (header.excerpt == nil ? knowingVersion : version)
            || (header.excerpt?.payload.version ?? 0) > Snapshot.version
    }

    /// The message.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: [UInt8] {
        switch self {
        case .work(let work):
            CanonicalJSON.bytes(
                WorkDocument(message: .init(v: work.known == nil ? Self.version : Self.knowingVersion, work: work))
            )
        case .excerpt(let signed, let run): Self.beginning + signed.bytes + Self.end(run: run)
        }
    }

    // MARK: Documents

    private struct WorkDocument: Codable {
        struct Message: Codable {
            let v: Int
            let work: Work
        }

        let message: Message

        private enum CodingKeys: String, CodingKey { case message = "sso-sync" }
    }

    private static func work(_ bytes: [UInt8]) -> FleetMessage? {
        guard bytes.starts(with: workBeginning),
            let document = try? JSONDecoder().decode(WorkDocument.self, from: Data(bytes))
        else { return nil }
        let message = FleetMessage.work(document.message.work)
        return document.message.work.run.isWellFormed && message.bytes == bytes ? message : nil
    }

    private static func excerpt(_ bytes: [UInt8]) -> FleetMessage? {
        let endLength = end(run: "0123456789abcdef").count
        guard bytes.starts(with: beginning), bytes.count > beginning.count + endLength else { return nil }
        let end = bytes.suffix(endLength)
        let run = HubRunId(
            String(decoding: end.dropFirst(endBeforeRun.count).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        )
        guard run.isWellFormed, Array(end) == Self.end(run: run),
            let signed = try? SignedSnapshot(Array(bytes[beginning.count..<end.startIndex]))
        else { return nil }
        return .excerpt(signed, run: run)
    }

    private static let workBeginning = Array(#"{"sso-sync":{"v":"#.utf8)
    private static let beginning = Array(#"{"excerpt":"#.utf8)
    private static let endBeforeRun = Array(#","sso-sync":{"run":""#.utf8)

    private static func end(run: HubRunId) -> [UInt8] {
        endBeforeRun + Array(run.rawValue.utf8) + Array(#"","v":\#(version)}}"#.utf8)
    }
}
