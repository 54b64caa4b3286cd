// SPDX-License-Identifier: Apache-2.0

public import Logging
internal import SSOSyncCore

/// Writes the log to standard output, where Lambda collects it, as lines of JSON or of text.
///
/// In JSON, keys and levels are Lambda's own, so that its filters and CloudWatch's queries know them
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>). Lines that are written for
/// an invocation carry its id, and its trace's.
public struct LambdaLogHandler: LogHandler {
    /// How the log is written.
    public struct Options: Sendable {
        /// Whether lines are JSON.
        public var isJSON: Bool
        /// The lowest level that is written.
        public var level: Logger.Level

        /// Takes what the variables `AWS_LAMBDA_LOG_FORMAT` (`JSON`, or else `Text`) and `AWS_LAMBDA_LOG_LEVEL` say.
        ///
        /// A level that is no word of Lambda's counts as `INFO`.
        public init(environment: [String: String]) {
            isJSON = environment["AWS_LAMBDA_LOG_FORMAT"]?.lowercased() == "json"
            level = Self.levels[environment["AWS_LAMBDA_LOG_LEVEL"]?.uppercased() ?? "INFO"] ?? .info
        }

        private static let levels: [String: Logger.Level] = [
            "TRACE": .trace, "DEBUG": .debug, "INFO": .info, "WARN": .warning, "ERROR": .error, "FATAL": .critical,
        ]
    }

    /// One line as JSON.
    private struct Line: Encodable {
        let timestamp: Timestamp
        let level: String
        let message: String
        let requestId: String?
        let traceId: String?
        let logger: String
        let metadata: [String: String]?
    }

    private let label: String
    private let isJSON: Bool
    private let write: @Sendable (String) -> Void
    /// The lowest level that is written.
    public var logLevel: Logger.Level
    /// What each line carries.
    public var metadata: Logger.Metadata = [:]
    /// Adds to what each line carries.
    public var metadataProvider: Logger.MetadataProvider?

    /// A handler.
    ///
    /// - Parameters:
    ///   - label: The logger's name.
    ///   - options: How the log is written.
    ///   - write: Writes a line, which has no line break in it; by default to standard output.
    public init(
        label: String,
        options: Options,
        write: @escaping @Sendable (String) -> Void = StandardOutput.print
    ) {
        self.label = label
        isJSON = options.isJSON
        logLevel = options.level
        self.write = write
    }

    /// What each line carries under a key.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        let extra = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }
        let fields = extra.merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
        write(isJSON ? json(event, fields) : text(event, fields))
    }

    private func json(_ event: LogEvent, _ fields: [String: String]) -> String {
        var fields = fields
        let named = fields.removeValue(forKey: "requestId")
        let line = Line(
            timestamp: .now,
            level: Self.word(event.level),
            message: "\(event.message)",
            requestId: LambdaInvocation.current?.requestId ?? named,
            traceId: LambdaInvocation.current?.traceId,
            logger: label,
            metadata: fields.isEmpty ? nil : fields
        )
        // In ASCII, nothing that a directory or a database holds can look like the end of a line to whoever reads it.
        return CanonicalJSON.asciiText(line)
    }

    private func text(_ event: LogEvent, _ fields: [String: String]) -> String {
        var fields = fields
        if let id = LambdaInvocation.current?.requestId { fields["requestId"] = id }
        let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(Printable.escapedProse($0.value))" }
        return "\(Self.word(event.level)) \(Printable.escapedProse("\(event.message)"))\(pairs.joined())"
    }

    /// Lambda's words for levels.
    private static func word(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }
}
