// SPDX-License-Identifier: Apache-2.0

/// What a function is deployed as, which fixes what it accepts: never what it is handed.
enum FunctionRole: String, CaseIterable {
    /// Reads the directory and works on the targets: for events from a queue, and on a schedule.
    case single
}
