// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text
    case json
}

/// How a run is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text
    case json
    case sql
}
