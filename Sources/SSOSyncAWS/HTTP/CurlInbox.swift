// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What a loop of transfers is to do next, and whether it is under way.
final class CurlInbox: Sendable {
    enum Command {
        case submit(CurlTicket)
        case drop(CurlTicket)
    }

    private struct State {
        var commands: [Command] = []
        var isRunning = false
    }

    private let state = Mutex(State())

    /// Leaves a command.
    ///
    /// - Returns: Whether the loop is under way, and has to be woken; otherwise it has to be started.
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            state.commands.append(command)
            defer { state.isRunning = true }
            return state.isRunning
        }
    }

    /// Takes what was left.
    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands.removeAll() }
            return state.commands
        }
    }

    /// Whether the loop may end; nobody needs to wake it after that, but start it.
    func endsIfEmpty() -> Bool {
        state.withLock { state in
            state.isRunning = !state.commands.isEmpty
            return !state.isRunning
        }
    }
}
