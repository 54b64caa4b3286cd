// SPDX-License-Identifier: Apache-2.0

/// What a function is deployed as, which fixes what it accepts: never what it is handed.
enum FunctionRole: String, CaseIterable {
    /// Reads the directory and works on the targets: for events from a queue, and on a schedule.
    case single
    /// Reads the directory, signs what it read, and sends it to spokes; has no rights on databases.
    case hub
    /// Works on its targets with what a hub sends; has no rights on the directory.
    case spoke
    /// Tells people of what failed and could not tell so itself.
    case notify
    /// Plans, applies what was approved, releases the brake and examines, for whoever may invoke it.
    case control
}
