// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncConfiguration
import SSOSyncCore

/// Writes the log to standard error, as lines of text or of JSON.
struct CommandLogHandler: LogHandler {
    /// One line of the log as JSON.
    private struct Line: Encodable {
        let time: Timestamp
        let level: String
        let logger: String
        let message: String
        let metadata: [String: String]?
    }

    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let extra = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let fields = extra.mapValues { "\($0)" }
        switch format {
        case .text: StandardError.shared.write(text(event, fields))
        case .json: StandardError.shared.write(json(event, fields))
        }
    }

    /// What comes from a directory or a database must not fake a line of the log.
    private func text(_ event: LogEvent, _ fields: [String: String]) -> String {
        let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(Printable.escapedProse($0.value))" }
        let message = Printable.escapedProse("\(event.message)")
        return "\(Timestamp.now) \(event.level): \(message)\(pairs.joined())\n"
    }

    private func json(_ event: LogEvent, _ fields: [String: String]) -> String {
        let line = Line(
            time: .now,
            level: event.level.rawValue,
            logger: label,
            message: "\(event.message)",
            metadata: fields.isEmpty ? nil : fields
        )
        return String(decoding: CanonicalJSON.bytes(line), as: UTF8.self) + "\n"
    }
}
