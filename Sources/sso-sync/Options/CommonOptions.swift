// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Logging
import SSOSyncConfiguration
import SSOSyncYAML

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The configuration, YAML or JSON (default: $SSO_SYNC_CONFIG, or sso-sync.yaml).",
            valueName: "file"
        ),
        completion: .file(extensions: ["yaml", "yml", "json"])
    )
    var config: String?

    @Flag(name: .shortAndLong, help: "Log more: -v for debugging, -vv for everything.")
    var verbose: Int

    @Option(name: .customLong("log-format"), help: "How the log on standard error is written.")
    var logFormat = LogFormat.text

    @Flag(name: .customLong("no-color"), help: "Write no colours, as with NO_COLOR in the environment.")
    var noColor = false

    /// One for all that a command does, or whoever has a second factor would be asked again and again.
    private static let aws = AWSAccess(
        environment: ProcessInfo.processInfo.environment,
        ask: TerminalQuestion.answer
    )

    var aws: AWSAccess { Self.aws }

    var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Knows every format that this program reads.
    var documents: DocumentReader { DocumentReader([YAMLDocumentParser()]) }

    mutating func validate() throws {
        guard config?.isEmpty != true else { throw ValidationError("--config takes the path of a file.") }
    }

    /// The file that has the configuration.
    ///
    /// - Throws: ``ConfigurationError`` if it is not there, with how to name another.
    func configurationPath() throws -> String {
        let path = config ?? environment["SSO_SYNC_CONFIG"].flatMap { $0.isEmpty ? nil : $0 } ?? "sso-sync.yaml"
        guard FileReader.isMissing(path) else { return path }
        let message =
            "does not exist: write one (Docs/configuration.md), or name another with --config or SSO_SYNC_CONFIG"
        throw ConfigurationError(problems: [ConfigurationError.Problem(file: path, message: message)])
    }

    /// Reads the configuration.
    func configuration() throws -> ConfigurationFile {
        try ConfigurationFile(path: configurationPath(), documents: documents)
    }

    /// A logger that writes to standard error.
    func makeLogger() -> Logger {
        let level: Logger.Level = [.info, .debug, .trace][min(verbose, 2)]
        let format = logFormat
        LoggingSystem.bootstrap { CommandLogHandler(label: $0, format: format, logLevel: level) }
        return Logger(label: "sso-sync")
    }

    /// Whether a line of progress that changes is welcome.
    var showsProgressLine: Bool {
        StandardError.shared.isTerminal && logFormat == .text && verbose == 0 && environment["TERM"] != "dumb"
    }

    var style: TerminalStyle { StandardOutput.style(noColor: noColor, environment: environment) }
}
