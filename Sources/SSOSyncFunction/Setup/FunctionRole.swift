// SPDX-License-Identifier: Apache-2.0

/// What a function is deployed as, which fixes what it accepts: never what it is handed.
enum FunctionRole: String, CaseIterable {
    /// Reads the directory and works on the targets: for events from a queue, and on a schedule.
    case single
    /// Plans, applies what was approved, releases the brake and examines, for whoever may invoke it.
    case control
}
